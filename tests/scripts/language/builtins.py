import math
import torch

print(abs(-3), abs(-2.5), min(3, 1, 2), max([4, 9, 2]), min("b", "a"), max(1, 2, key=lambda v: -v), sum([1, 2, 3], 10))
print(divmod(17, 5), pow(2, 10), pow(3, 4, 5), round(3.14159, 2), round(7), int("12") + int(3.9), float("inf"), bool([]), bool("x"))
print(list("abc"), tuple([1, 2]), set([1, 1, 2]), dict([("a", 1)]), dict(b=2), list({"x": 1}), list(range(0, 10, 4)))
print(any([0, "", None]), all([1, "a"]), any([]), all([]))
print(list(enumerate("ab", start=1)), list(zip([1, 2, 3], "ab")), list(zip(*[(1, 2), (3, 4)])))
print(list(map(str, [1, 2])), list(map(lambda a, b: a * b, [1, 2], [3, 4])), list(filter(None, [0, 1, "", 2])))
print(isinstance(1, int), isinstance(True, int), isinstance(1.0, (int, float)), isinstance("s", str), isinstance(torch.ones(1), torch.Tensor))
print(type(1).__name__, type(1.5), type("s"), type([]), type(None), type(torch.ones(1)), type({}).__name__)
it = iter([1, 2])
print(next(it), next(it), next(it, None))
print(range(3), list(range(3))[::-1], len(range(0, 100, 7)), 5 in range(10), reversed([1, 2]) is not None)
print(math.pi, math.e, math.inf, -math.inf, math.nan, math.sqrt(2), math.exp(1), math.log(10), math.log(8, 2), math.log10(1000))
print(math.sin(0.5), math.cos(0.5), math.tanh(0.5), math.floor(-2.5), math.ceil(2.1), math.factorial(6), math.gcd(12, 18), math.hypot(3, 4))
print(math.isnan(float("nan")), math.isinf(math.inf), math.isclose(0.1 + 0.2, 0.3), math.prod([1, 2, 3, 4]), math.atan2(1, 1), math.degrees(math.pi))
a = [3, 1, 2]
a.append(5); a.extend([7, 8]); a.insert(0, 0); a.remove(1)
print(a, a.pop(), a.pop(0), a.index(2), a.count(5), a)
a.sort(); print(a); a.sort(reverse=True); print(a); a.reverse(); print(a, a + [1], a * 2, a == [2, 3, 5, 7])
del a[0]; print(a, a[-1], a[1:], a[::2], a.copy(), [1, 2] < [1, 3])
a.clear(); print(a)
d = {"x": 1, "y": 2}
print(d.keys(), d.values(), d.items(), d.get("z"), d.get("z", 0), "x" in d, len(d))
d.update({"z": 3}, w=4); print(d, d.pop("x"), d.setdefault("q", []), d)
for key, value in d.items():
    print(key, value, end="; ")
print()
s = {1, 2, 3}
s.add(4); s.discard(1); print(s, s | {9}, s & {2, 3}, s - {2}, {2} <= s, len(s))
print((1, 2) + (3,), (1, 2) * 2, (1, 2, 3)[1:], (1, 2) < (1, 3), tuple("ab").index("b"), ())
print(min([torch.tensor(3.0), torch.tensor(1.0)]), sum([torch.tensor(1.0), torch.tensor(2.0)]), sorted([torch.tensor(2), torch.tensor(1)]))
print(id(a) == id(a), hash("a") == hash("a"), callable(print), repr(1.0), len({"a": 1}), 1 if a else 2)
print(7 // 2, -7 // 2, 7 % -3, 7.5 // 2, 2 ** -1, 1 / 3, 10 ** 25, 1e308 * 10, 5 & 3, 5 | 3, 5 ^ 3, ~5, 1 << 4)
