# Which name is meant.
import torch
# comprehension and generator scoping, late binding, shadowing builtins
x = 10
print([x for x in range(3)], x, [y * x for y in range(3)])
fs = [lambda: i for i in range(3)]; print([f() for f in fs]); fs = [lambda i=i: i for i in range(3)]; print([f() for f in fs])
def outer():
    vals = []
    for i in range(3):
        def inner(): return i
        vals.append(inner)
    return [v() for v in vals]
print(outer())
def shadow():
    list = [1, 2]; max = lambda *a: "shadowed"; return max(list), list
print(shadow(), max([1, 2]))
class K:
    z = 5
    vals = [z for _ in range(2)] if False else [0, 0]
    def get(self): return self.z
    def set(self): z = 9; self.z = z; return z
k = K(); print(k.get(), k.set(), k.z, K.z)
g = (v * x for v in range(3)); x = 100; print(list(g))
def counter():
    n = 0
    def inc():
        nonlocal n; n += 1; return n
    def get(): return n
    return inc, get
inc, get = counter(); inc(); inc(); print(get())
def default(a, L=[], D={}): L.append(a); D[a] = len(L); return L, D
print(default(1), default(2))
total = 0
for total in range(3): pass
print(total)
try: print(undefined)
except NameError as e: print("NameError")
def recursive(n, acc=()): return acc if n == 0 else recursive(n - 1, acc + (n,))
print(recursive(4))
matrix = [[1, 2], [3, 4]]
print([v for row in matrix for v in row if v % 2], [[v + 1 for v in row] for row in matrix], {v: [w for w in row] for row in matrix for v in row}, sum(v for row in matrix for v in row))
a = [1, 2, 3]; b = a; b[0] = 9; c = a[:]; c[1] = 8; print(a, b, c, a is b, a == c)
def mutate(l, n): l.append(n); n += 1; l = [0]; return n
n = 5; print(mutate(a, n), a, n)
(lambda s: print(s))("called"); print((lambda x: (lambda y: x + y))(1)(2), (lambda *a: sum(a))(1, 2, 3), [f(3) for f in (lambda x: x + 1, lambda x: x * 2)])
i = 0
while True:
    i += 1
    if i == 2: continue
    if i > 4: break
else: print("never")
print(i, [i for i in range(10) if i % 2 == 0 if i > 3], *(x for x in "ab"), {*"aa"}, [*a, *b][:2], {**{"a": 1}, **{"a": 2}})
if (n := len(a)) > 3 and (m := n * 2): print(n, m)
x, y = 1, 2; x, y = y, x + y; (p, (q, r)), s = (1, (2, 3)), 4; print(x, y, p, q, r, s)
for (u, v), w in [((1, 2), 3)]: print(u + v + w)
for idx, (key, val) in enumerate({"a": 1, "b": 2}.items()): print(idx, key, val, end=" ")
print()
print(all(isinstance(t, torch.Tensor) for t in (torch.ones(1),)), any(t.requires_grad for t in [torch.ones(1)]), [t.item() for t in torch.arange(3)], {t.item(): t for t in torch.arange(2)}, list(zip(torch.arange(2), "ab")), max(torch.arange(3)), sorted(torch.tensor([3, 1, 2])), sum(torch.arange(4)), len([*torch.ones(3)]))
