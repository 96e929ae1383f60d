# Every shape of assignment that scripts use.
import torch

a = b = torch.tensor([1.0, 2.0])
print(a is b)
x, y = 1, 2
x, y = y, x
print(x, y)
first, *middle, last = range(6)
print(first, middle, last)
*init, tail = "abc"
print(init, tail)
(p, q), [r, *s] = (1, 2), [3, 4, 5]
print(p, q, r, s)
for i, (name, value) in enumerate([("a", 1.5), ("b", 2.5)]):
    print(i, name, value)
values, indices = torch.tensor([[1., 5., 3.], [9., 2., 4.]]).max(dim=1)
print(values, indices)
u, v = torch.tensor([3.0, 4.0])
print(u, v, u * v)
n = 10
n += 5; n -= 3; n *= 2; n //= 5; n **= 3; n %= 50
print(n)
f = 7
f /= 2
print(f)
bits = 0b1010
bits |= 0b0101; bits &= 0b1110; bits ^= 0b0010; bits <<= 2; bits >>= 1
print(bits, 0xff, 0o17, 1_000_000, 1e-3, 2.5e2, .5, 5.)
d = {}
d["k"] = d["m"] = 3
d["k"] += 1
print(d)
grid = [[0] * 3 for _ in range(2)]
grid[1][2] = 7
grid[0][:2] = [1, 2]
print(grid)
if (count := len(grid)) > 1:
    print("walrus", count)
t = torch.zeros(2, 3)
t[0] = 1
t[:, 1] += 5
t[1, -1] *= 2
t[1, 0] -= 0.5
print(t)
one, = [42]
print(one)
