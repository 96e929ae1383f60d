"""Embeddings with sparse gradients, and the optimizers that take them."""

import warnings

import torch
import torch.nn.functional as F
from torch import nn

torch.sparse.check_sparse_tensor_invariants.enable()
warnings.filterwarnings("ignore", r"Using backward\(\) with create_graph=True")


def table(kind=nn.Embedding, **options):
    made = kind(5, 2, sparse=True, **options)
    with torch.no_grad():
        made.weight.copy_(torch.arange(10.0).reshape(5, 2))
    return made


def attempt(call):
    try:
        return call()
    except Exception as error:
        print(type(error).__name__, str(error).split(" This could be")[0])


print(table(), table(nn.EmbeddingBag))
e = table()
out = e(torch.tensor([[1, 3], [3, 0]]))
(out * out).sum().backward()
print(e.weight.grad, e.weight.grad.is_coalesced())
(e(torch.tensor([2, 2])) * 3).sum().backward()
print(e.weight.grad, e.weight.grad.coalesce())
(e.weight * 2).sum().backward()
print(e.weight.grad)

e = table(padding_idx=1)
e(torch.tensor([1, 2, 1, 0])).sum().backward()
print(e.weight.grad)
e = table(scale_grad_by_freq=True)
attempt(lambda: e(torch.tensor([1, 2, 1, 0])).sum().backward())
w = torch.ones(5, 2, requires_grad=True)
(
    F.embedding(torch.tensor([1, 2]), w, sparse=True).sum() + F.embedding(torch.tensor([1, 4]), w, sparse=True).sum()
).backward()
print(w.grad)

scales = torch.tensor([[1.0, 2], [3, 4], [5, 6]])
for options in ({"mode": "sum"}, {"mode": "mean"}, {"mode": "max"}, {"mode": "mean", "padding_idx": 1}):
    bag = table(nn.EmbeddingBag, **options)
    index, offsets = torch.tensor([1, 2, 4, 1, 0, 1]), torch.tensor([0, 2, 4])
    attempt(lambda: (bag(index, offsets) * scales).sum().backward())
    print(options, bag.weight.grad)
bag, each = table(nn.EmbeddingBag, mode="sum"), torch.tensor([1.0, 2, 3, 4], requires_grad=True)
(bag(torch.tensor([1, 2, 4, 1]), torch.tensor([0, 2]), each) * scales[:2]).sum().backward()
print(bag.weight.grad, each.grad)

for name, options in (
    ("SGD", {}),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.5, "nesterov": True}),
    ("SGD", {"maximize": True}),
    ("SGD", {"weight_decay": 0.1}),
    ("Adagrad", {}),
    ("Adagrad", {"lr_decay": 0.1}),
    ("Adagrad", {"weight_decay": 0.1}),
    ("SparseAdam", {}),
    ("SparseAdam", {"maximize": True}),
    *[(name, {}) for name in ("Adam", "AdamW", "RMSprop", "Adadelta", "Adamax", "NAdam", "RAdam", "ASGD", "Rprop")],
):
    e = table()
    optimizer = getattr(torch.optim, name)(e.parameters(), lr=0.1, **options)

    def train(e=e, optimizer=optimizer):
        for step in range(3):
            optimizer.zero_grad()
            (e(torch.tensor([1, step, 1])) ** 2).sum().backward()
            optimizer.step()
        print(e.weight, dict(optimizer.state[e.weight]))

    print(name, options)
    attempt(train)

e = table()
optimizer = torch.optim.SparseAdam(e.parameters())
(e.weight * 2).sum().backward()
attempt(optimizer.step)
attempt(lambda: torch.optim.SparseAdam([torch.ones(2).to_sparse().requires_grad_()]))
e.weight.grad = None
e(torch.tensor([1, 2, 1])).sum().backward()
optimizer.zero_grad(set_to_none=False)
print(e.weight.grad)

print("hooks, passes and changes")
w, i = torch.ones(4, 2, requires_grad=True), torch.tensor([1, 2, 1])
handle = w.register_hook(lambda g: g * 2)
w.register_post_accumulate_grad_hook(lambda p: print("accumulated", p.grad.layout))
F.embedding(i, w, sparse=True).sum().backward()
print(w.grad)
handle.remove()
w.grad = None
v = w * 3
v.retain_grad()
F.embedding(i, v, sparse=True).sum().backward()
print(v.grad, w.grad)
for _ in range(2):
    (F.embedding(i, w, sparse=True) ** 3).sum().backward(create_graph=True)
print(w.grad)
w.grad = w.grad.detach().coalesce()
w.grad *= 2
print(w.grad, w.grad.norm())
with torch.no_grad():
    w -= 0.1 * w.grad
    print(w, w.add_(w.grad, alpha=-0.1), w.sub_(w.grad.to_dense()))
w.grad = w.grad.to_dense()
F.embedding(i, w, sparse=True).sum().backward()
print(w.grad)
