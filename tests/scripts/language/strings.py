import torch

name = "gradient"
print(name.upper(), name.capitalize(), name.title(), name[0], name[-3:], name[::-1], len(name))
print(name.replace("grad", "ingred"), name.find("d"), name.count("d"), name.startswith("gr"), name.endswith("x"))
print("a,b,,c".split(","), " pad ".strip(), "x\ty".split(), "-".join(["1", "2", "3"]), "k=v=w".partition("="))
print("left".ljust(10, ".") + "|" + "right".rjust(10) + "|" + "mid".center(9, "*") + "|" + "7".zfill(3))
print("line one\nline two".splitlines(), "tab\tquote\" backslash\\ unicode \u00e9 \x41")
print('single "double"', "it's", """triple
lines""", r"raw \n")
print("adjacent " "literals", "repeat " * 2, "abc" < "abd", "b" in "abc")
print("%d items, %s, %r, %5.2f|%-8s|%+d|%05d|%e|%g|%%" % (3, "str", "repr", 3.14159, "left", 7, 42, 12345.678, 1e-10))
print("%(a)s and %(b).1f" % {"a": 1, "b": 2.25})
print("{} {} {}".format(1, "two", [3]), "{1} {0}".format("a", "b"), "{x:>6.2f}|{y!r}".format(x=1.5, y="z"))
print("{0[0]} {0[1]} {1.shape}".format([10, 20], torch.zeros(2)))
width, precision, value = 10, 3, 2.718281828
print(f"{value:{width}.{precision}f}|{value:<10.2f}|{value:^+12.1e}|{value:%}")
print(f"{42:b} {42:o} {42:x} {42:#x} {42:08b} {1234567:,} {1234567.891:,.2f} {'s':>5} {'c':^5}|")
print(f"{name=} {len(name)=} {name!r:>12} {{braces}} {'nested ' + 'quotes'}")
print(f"{[i for i in range(3)]} {dict(a=1)} {(lambda q: q + 1)(2)} {'yes' if value > 2 else 'no'}")
print(f"{True} {None} {3 // 2} {-7 // 2} {-7 % 3} {2 ** 0.5:.6g} {1e20} {1e16} {123456789.0} {0.1 + 0.2}")
print(str(1.0), str(10 ** 20), repr("q'uote"), str([1.5, "a", None]), str((1,)), str({1: {2: 3}}), str(set()))
print("caseless".isalpha(), "12".isdigit(), "Ab".swapcase(), "aXb".lower(), "x".isupper(), "\n" in "a\nb")
print(ord("a"), chr(98), hex(255), bin(5), oct(8), int("ff", 16), int("101", 2), float("1e3"), int(-2.7), round(2.5), round(-1.25, 1))
print("end", "sep", sep=" <> ", end="!\n")
print()
print(*[1, 2, 3], sep=", ")
print("a\\b", 'new\
line')
t = torch.tensor([1.5, 2.5])
print("tensor: " + str(t), "%s" % t, "{}".format(t), f"{t}")
