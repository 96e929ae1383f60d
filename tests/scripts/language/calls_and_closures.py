# Every way to call, and what closures see.
import torch, math
def deco(cls):
    cls.tag = "tagged"
    return cls
@deco
class A: pass
print(A.tag)
class Memo:
    def __init__(self, f): self.f, self.cache = f, {}
    def __call__(self, *args):
        if args not in self.cache: self.cache[args] = self.f(*args)
        return self.cache[args]
@Memo
def slow(n): print("computing", n); return n * n
print(slow(3), slow(3), slow.cache)
def forward(f, *a, **k): return f(*a, **k)
def target(a, b=2, *rest, c, d=4, **more): return a, b, rest, c, d, more
print(forward(target, 1, c=3), forward(target, 1, 5, 6, 7, c=0, e=9), target(*[1, 2], **{"c": 3, "z": 1}))
def pos(a, /, b, *, c): return a + b + c
print(pos(1, 2, c=3), pos(1, b=2, c=3))
for bad in (lambda: pos(a=1, b=2, c=3), lambda: pos(1, 2, 3), lambda: pos(1, 2), lambda: target(c=1), lambda: target(), lambda: (lambda x: x)(1, 2), lambda: forward()):
    try: bad()
    except TypeError as e: print(e)
fns = {n: (lambda n: lambda x: x ** n)(n) for n in (1, 2, 3)}
print([f(2) for f in fns.values()], (lambda *a, **k: (a, k))(1, b=2), (lambda: None)())
fact = lambda n: 1 if n < 2 else n * fact(n - 1)
print(fact(10))
i = [0]
def nxt(): i[0] += 1; return i[0]
arr = [0] * 5
arr[nxt()] += 10; arr[nxt()] = nxt(); print(arr, i)
x = y = []
x.append(1); print(y, x is y)
a, b = 1, 2; a, b = b, a + b; print(a, b)
(a, b), c = (1, 2), 3; [d, e] = "xy"; print(a, b, c, d, e)
a = b = c = 5; a += 1; print(a, b, c)
t = 1, ; print(t, (1), (), (1,) + (2,), *t)
n = 10
while (n := n - 3) > 0: print(n, end=" ")
print(n)
if (m := max([1, 5, 3])) > 4: print(m)
print([y for x in range(5) if (y := x * x) > 3], y)
print([[i * j for j in range(3)] for i in range(3)], {i: {j for j in range(i)} for i in range(3)}, [(a, b) for a in "ab" for b in range(2) if b], sum(x for x in range(5) if x % 2))
def outer():
    total = 0
    def add(n):
        nonlocal total
        total += n
        return total
    return add
f, g = outer(), outer(); f(1); f(2); print(f(3), g(1))
print(1 if 0 else 2 if 0 else 3, not 1 == 2, 1 < 2 > 0, 1 == 1.0, "a" < "b" <= "b", [] == [], None == 0, True + True, "5" * 3, 3 * [0], -3 ** 2, 2 ** -1, 5 // 2 * 2 + 5 % 2)
