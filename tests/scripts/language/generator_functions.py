# Functions that yield.
def gen(n):
    for i in range(n):
        got = yield i
        if got: print("got", got)
    return "ret"
g = gen(3)
print(next(g), g.send("hi"), list(g))
def both():
    r = yield from gen(2)
    print(r)
    yield 9
print(list(both()), sum(gen(5)), [x * 2 for x in gen(3)], dict(zip("abc", gen(3))))
def fib():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b
f = fib()
print([next(f) for _ in range(10)])
def batches(xs, n):
    for i in range(0, len(xs), n): yield xs[i:i + n]
import torch
for b in batches(torch.arange(7), 3): print(b)
def countdown(n):
    while n: yield n; n -= 1
print(*countdown(3), max(countdown(4)), 2 in countdown(3))
it = countdown(2)
for x in it: print(x)
print(next(it, "end"))
