# Format specs of all kinds.
import torch
# string methods and formats that reports use
rows = [("layer1.weight", (3, 4), 0.12345), ("layer1.bias", (4,), -1.5e-5), ("out", (), float("nan"))]
print(f"{'name':<16}{'shape':^10}{'value':>12}")
for n, s, v in rows: print(f"{n:<16}{str(s):^10}{v:>12.4g}")
print("".join(f"{c:>4}" for c in range(5)), "|".join(map(str, (1, 2.0, None))), "%5s%%" % 10, "{:<5}|{:>5}|{:^5}|".format("a", "b", "c"))
print("{:5.1f} {:+.2e} {:,} {:_} {:b} {:#o} {:X} {:c} {:%}".format(3.14159, 12345.678, 1234567, 1234567, 10, 8, 255, 65, 0.25))
print("{0}{1}{0}".format("a", "b"), "{a[0]} {a[1]} {b.shape} {c}".format(a=[1, 2], b=torch.ones(2), c={"k": 1}), "{!r:>6}|{!s:<6}|".format("x", "y"), "{:{w}.{p}f}".format(2.5, w=8, p=2))
print("tab\tx".expandtabs(4), "x".zfill(4), "-5".zfill(4), "abc".center(9, "*"), "a-b_c".replace("-", "_").split("_"), "AbC".swapcase(), "one two".title(), "x=1;y=2".split(";"), dict(p.split("=") for p in "x=1;y=2".split(";")))
print("%s %s" % ("a", "b"), "%(x)d %(y).2f" % {"x": 1, "y": 2}, "%-8s|%8s|%08.3f|%+d|% d|%x|%o|%e|%g|%r|%c|%i" % ("l", "r", 3.14159, 5, 5, 255, 8, 12345.678, 0.0001, "q", "z", 7))
print("a" in "abc", "abc".index("c"), "abc".find("z"), "a,b,c".rsplit(",", 1), "  x ".lstrip(), "xxabcxx".strip("x"), "abc".startswith(("a", "z")), "abc"[1:], "abc"[-1], "abc" * 2, len("abc"), min("abc"), sorted("cab"), "".join(reversed("abc")), "a\nb".splitlines(), ascii("é"), "é".encode if False else "")
print(repr("it's"), repr('say "hi"'), repr("both ' and \""), repr("tab\t nl\n \\ \x00 é"), str(["a", 'b"', 1.0, None, True, (1,), {2}]), [1e10, 1e16, 1e-5, 0.1, 100.0, 1/3, -0.0, 1e100, 2**70])
print(f"{1e10} {1e16} {1e-5} {123456789.123} {1.0} {0.1+0.2} {1e22} {float('inf')} {-float('nan')} {5e-324}", f"{1234.5678:10.2f}|{1234.5678:<10.1f}|{1234.5678:^12,.2f}|{-3:05d}|{3:+}|{255:#x}|{5:08b}|{0.00001234:.3g}|{1e6:g}|{123456789:g}|{0.5:.0f}|{1.5:.0f}|{2.5:.0f}")
print(f"{'é':>3}|{'日本':<5}|", f"{True:d} {True} {None!s:>6} {[1]!r:>5} {(1, 2)!s} {'a'!r}", f"{3.7:.0f} {int(3.7)} {round(3.75, 1)} {round(-2.5)} {7 / 2:.3f} {7 // 2} {7 % 3} {2 ** 10}")
