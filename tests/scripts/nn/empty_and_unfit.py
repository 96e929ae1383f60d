"""Batches without elements, parameters without dimensions, and sizes and options that layers refuse, in PyTorch's words."""

import warnings

import torch
import torch.nn.functional as F
from torch import nn

z = torch.zeros


def attempt(call):
    try:
        made = call()
        print(made, getattr(made, "grad_fn", None) and made.grad_fn.name())
    except Exception as error:
        print(type(error).__name__, error)


w = torch.ones(3, requires_grad=True)
for training in (True, False):
    attempt(lambda: F.batch_norm(z(0, 3), z(3), torch.ones(3), training=training))
    attempt(lambda: F.batch_norm(z(0, 3, 2), z(3), torch.ones(3), w, w, training=training))
    attempt(lambda: F.batch_norm(z(2, 3, 0), z(3), torch.ones(3), w, training=training))
    attempt(lambda: F.batch_norm(z(2, 0), z(0), torch.ones(0), torch.ones(0), training=training))
print(F.prelu(torch.tensor(-1.5), torch.tensor([0.25])), F.pad(z(1, 1, 2, 2), (1, 1, 1, 1), mode="reflect").stride())
p = torch.tensor(1.0, requires_grad=True)
optimizer = torch.optim.SGD([p], lr=0.1, momentum=0.9, dampening=0.1, weight_decay=0.1)
for _ in range(3):
    optimizer.zero_grad()
    (p * p).backward()
    optimizer.step()
print(p, optimizer.state[p])
layer = nn.LSTM(3, 2, 2, batch_first=True, bidirectional=True)
print(layer.get_expected_hidden_size(z(5, 4, 3), None), len(layer._flat_weights), layer._flat_weights_names[:5])

for call in (
    lambda: F.bilinear(z(5, 3), z(4, 4), z(2, 3, 4)), lambda: F.bilinear(z(5, 3), z(5, 4), z(2, 2, 4)),
    lambda: F.bilinear(z(5, 3), z(5, 4), z(2, 3, 3)), lambda: F.bilinear(z(5, 3), z(4), z(2, 3, 4)),
    lambda: F.bilinear(z(5, 3), z(5, 4), z(2, 3, 4), z(3)), lambda: F.softshrink(z(3), -1),
    lambda: F.softshrink(z(3).double(), -0.5), lambda: F.pad(z(3, 3), (1, 1, 1, 1), mode="reflect"),
    lambda: F.embedding_bag(torch.tensor([[0, 1]]), z(3, 2), mode="mean", per_sample_weights=z(1, 2)),
    lambda: F.embedding_bag(torch.tensor([[0, 1]]), z(3, 2), torch.tensor([0])), lambda: F.max_pool3d(z(4, 4), 2),
    lambda: nn.GRUCell(3, 2)(z(4, 3), z(2)), lambda: nn.LSTMCell(3, 2)(z(4, 3), (z(2), z(2))), lambda: nn.Linear(3, 2)(3),
    lambda: torch.empty(2, "a"), lambda: torch.zeros("a"), lambda: torch.rand((2, 2.5)), lambda: torch.device("foo:1"),
    lambda: nn.Conv2d(2, 3), lambda: nn.Conv2d(1, 2, 3, foo=2), lambda: nn.Dropout(foo=1),
    lambda: F.soft_margin_loss(z(2).long(), z(2).long()), lambda: F.binary_cross_entropy_with_logits(z(2).long(), z(2).long()),
    lambda: F.ctc_loss(z(5, 2, 4), torch.tensor([[1, 2], [3, 1]]), torch.tensor([6, 4]), torch.tensor([2, 1])),
    lambda: nn.Linear(2, 3).load_state_dict({}, strict=False),
):  # fmt: skip
    attempt(call)

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print(torch.nn.functional.embedding_bag(torch.arange(6.0).reshape(3, 2), torch.tensor([0, 2, 1]), torch.tensor([0, 2])))
print(*[warning.message for warning in caught])
