"""Texts of the language, each of which Python reads as well."""

EXPRESSIONS = r"""
x
(x)
((x + 2))
mean(3*(x+2)**2)
3*(x+2)**2
-x**2
2**-1
-2**-x**y
x**y**z
(x**y)**z
(-x)**2
--x
-+~x
~x & y | z
x - y - z
x - (y - z)
x / y / z * w // v % u
x @ y @ z
x + y * z - w
(x + y) * (z - w)
x | y & z | w
x + y | z * w & v
not a == b
not not a
not a and b or c
a or b and c or d
a or (b or c)
(a and b) and c
a and b and c and d
(a) and (b) and (c)
a < b < c
a < b <= c == d != e >= f > g
(a < b) < c
a in b not in c is d is not e
not a in b
a not in b
not (a < b)
a == (not b)
-a < b + c | d
a if c else b
a if b else c if d else e
(a if b else c) if d else e
a if (b if c else d) else e
a or b if not c else d < e
x if x > 0 else -x
f()
f(x)
f(x,)
f(x, y)
f(x, dim=0)
f(x, y, dim=(0, 1), keepdim=True,)
f(dim=0)
f(x == 1, y=x == 2)
f((x, y))
f(a if b else c, k=a if b else c)
f(x)(y)(z)
f(g(h(x)))
x.T
x.sum(dim=0).mean()
torch.nn.functional.relu(x).T[0]
(x + 1).sum()
(1).real
1.5.real
'a'.b
[1, 2].c
().d
x[0]
x[0][1]
x[-1]
x[0, 1]
x[0,]
x[()]
x[(0, 1)]
x[1:]
x[:1]
x[:]
x[::]
x[::2]
x[1::2]
x[1:2:3]
x[:2:]
x[:, None]
x[..., None, 1:, ::2, 0]
x[1:2, 3:4, :]
x[x > 0]
x[[0, 1]]
x[a if b else c:d]
x[f(1):g(2)]
f(x)[0].T
2[0]
'ab'[0]
[]
[1]
[1,]
[1, 2, 3]
[[1, 2], [3, 4]]
[[1, [2, (3,)]], ()]
()
(1,)
(1, 2)
((1, 2))
((1, 2), (3,), ())
1, 2
x,
x, (y, z), [w]
(x), (y)
0
1
00
12345678901234567890
1_000
1_000.5_0
.5
5.
1e-3
2j
1.5e2J
1E+3
1.5e3
1_0e1_0
0x1F
0XfF_0
0b10_1
0o17
1e400
True
False
None
...
True if None else ...
'a'
"a"
''
'a"b'
"a'b"
'tab\t newline\n quote\' backslash\\ bell\a\b\f\v\r'
'\x41\101\u00e9\U0001F600\N{BULLET}\0'
'sum' + "mean"
'su' "m" 'm\x65an'
'''three'''
cross_entropy(x, y, reduction='sum')
y = x + 2
y = x, 1
a, b = f(x)
a, = f(x)
(a, b) = f(x)
[a, b] = f(x)
(a) = 1
a, b, c, = 1, 2, 3
y = (a == b)
y = x == 1
"""

PROGRAMS = [
    "y = x + 2; z = y*y*3; z.mean()",
    "y = x + 2\nz = y*y*3\nz.mean()",
    "y = 1;\nz = 2\n\n\n# comment\nz  # more\n",
    "\n\nx\n\n",
    "x;",
    "x\r\ny\r\n",
    "f(x,\n  y,\n\n  z # why\n)\n",
    "(x +\n y)",
    "[\n1,\n2,\n]",
    "x[\n0\n:\n1]",
    "y = (1,\n2)\ny",
    "x + \\\n y",
    "x \\\r\n + y; \\\nz",
    "x\t+\ty",
    "android + orx + notx + inx + isx + ifx + Truex + None_",
    "'# no comment' # comment",
    "_ + __x + x1 + X",
    "match + case + type + print",
]

CORPUS = [line for line in EXPRESSIONS.splitlines() if line.strip()] + PROGRAMS
