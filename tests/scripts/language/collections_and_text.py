# Lists, dicts, sets and text in one place.
import torch
a = [5, 3, 8, 1]
a[1:3] = [9, 9, 9]; print(a)
del a[::2]; print(a)
a += [1]; a *= 2; print(a)
b = a[:]; b.sort(key=lambda v: (-v, v)); print(b, a)
print(sorted(["b", "A", "c"], key=str.lower), sorted({"x": 2, "a": 1}.items(), key=lambda kv: kv[1]))
m = [[1, 2, 3], [4, 5, 6]]
print(list(zip(*m)), [list(r) for r in zip(*m)], [[x * 2 for x in r if x % 2] for r in m])
d = {"a": 1, "b": 2}
d["c"] = d.get("c", 0) + 1
print({**d, "z": 0}, list(d), [k for k in d if d[k] > 1], max(d, key=d.get), d | {"q": 1}, sum(d.values()))
for k in sorted(d, reverse=True): print(k, end="")
print()
e = {}
for w in "the cat the dog".split(): e.setdefault(w, []).append(len(e))
print(e, len(e), "cat" in e, e.pop("cat"), e.get("cat", "none"))
s = {3, 1, 2}; s |= {5}; s.discard(9); print(s, s ^ {1}, s.issubset({1, 2, 3, 5}), frozenset([1]) | {2})
print("%-10s|%5d|%05.1f|%x|%c|%s" % ("ab", 3, 2.345, 255, "z", [1]))
print("{:>8}|{:<8}|{:^8}|{:08.3f}|{:+}|{:,}|{:e}|{:.0%}|{!r}".format("r", "l", "c", 3.14159, 5, 12345, 12345.678, 0.5, "q"))
print(f"{3:>5}{'x':*^7}{1e-7:g}{1234.5:.1e}{True!s:>6}{None}{[1,2][0]}{d['a']}{max(1,2)}{'a' 'b'}")
x = 5
print(f"{x=} {x * 2 = } {x = :>4} {x=!s:<3}|")
print("a" "b" 'c', """t
q""", r"\n", "\u2202", "\t|", '\'', "\\")
print("abc"[::-1], "abc".join("xy"), "a-b-c".rsplit("-", 1), "Hello".find("l"), "x".isalpha(), "aXb".casefold(), "ab\n".rstrip(), "abcabc".count("bc"), "tiTle".title(), " x ".strip() + "|", "a,b".partition(","))
print(1 if [] else 2, [] or "x", 0 and 1, not None, 1 < 2 < 3 != 4, 5 // -2, 5 % -2, -5 // 2, 2 ** 3 ** 2, -2 ** 2, 1e3, 0x1F, 1_000, 7 / 2, int(7.9), round(0.5), round(1.5), abs(-3), divmod(-7, 3))
print(list(range(5, 0, -2)), list(reversed(range(3))), list(enumerate("ab", 1)), any(v > 2 for v in [1, 2]), all([]), sum([[1], [2]], []), min("b", "a"), max([1, 5], [2, 1]))
print(type(1), type("a"), type(None), type([]), type(len), type(lambda: 0), type(print), type(type(1)), type(range(1)), type(x for x in []).__name__)
