import torch

squares = [i ** 2 for i in range(6)]
evens = [i for i in squares if i % 2 == 0]
pairs = [(i, j) for i in range(3) for j in range(i)]
print(squares, evens, pairs)
table = {name: len(name) for name in ("w", "bias", "weight")}
print(table, {v: k for k, v in table.items()})
print({c for c in "hello" if c not in "aeiou"} == {"h", "l"})
flat = [x for row in [[1, 2], [3, 4]] for x in row]
print(flat, [[row[i] for row in [[1, 2], [3, 4]]] for i in range(2)])
print(sum(i * i for i in range(10)), max(len(s) for s in ["a", "bbb"]), any(i > 3 for i in evens), all(i >= 0 for i in evens))
gen = (2 * k for k in range(3))
print(next(gen), list(gen), next(gen, "empty"))

ws = [torch.full((2,), float(i), requires_grad=True) for i in range(1, 4)]
loss = sum((w ** 2).sum() for w in ws)
loss.backward()
print(loss, [w.grad for w in ws])
print([w.grad.tolist() for w in ws if w.grad.sum() > 4])
print({i: w.grad.sum().item() for i, w in enumerate(ws)})
names = ["a", "b", "c"]
print(dict(zip(names, [w.item() if w.numel() == 1 else tuple(w.tolist()) for w in ws])))
print(list(map(lambda w: w.shape, ws)), list(filter(lambda n: n > "a", names)))
print(sorted(names, reverse=True), sorted([3, -2, 1], key=abs), list(reversed(names)))
print([f"{n}={v}" for n, v in zip(names, range(10))])
stacked = torch.stack([w.detach() * k for k, w in enumerate(ws)])
print(stacked)
print([y if y > 2 else -y for y in range(5)])
x = "outer"
_ = [x for x in range(3)]
print(x)
print((lambda: [i + 1 for i in range(2)])())
print([*range(3), *"ab"], {**{"a": 1}, "b": 2}, (*[1], 2))
