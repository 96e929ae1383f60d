# Python's newer statements around tensors: match, dataclasses, walrus, exception groups, typing, enums.
import enum
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import torch


class Kind(enum.Enum):
    LINEAR = "linear"
    TANH = "tanh"


@dataclass
class Layer:
    kind: Kind
    weight: torch.Tensor = field(default_factory=lambda: torch.eye(2))

    def __call__(self, x):
        match self:
            case Layer(kind=Kind.LINEAR, weight=w):
                return x @ w
            case Layer(kind=Kind.TANH):
                return torch.tanh(x)


class Point(NamedTuple):
    x: torch.Tensor
    label: int = 0


class Model(Protocol):
    def __call__(self, x: torch.Tensor) -> torch.Tensor: ...


def run(model: Model, point: Point) -> torch.Tensor:
    return model(point.x)


def describe(value):
    match value:
        case torch.Tensor(shape=(n,)):
            return f"a vector of {n}"
        case torch.Tensor() as t if t.dim() == 0:
            return f"a scalar {t.item()}"
        case [first, *rest]:
            return f"a list from {describe(first)} and {len(rest)} more"
        case {"loss": loss}:
            return f"a record with {describe(loss)}"
        case _:
            return type(value).__name__


layers = [Layer(Kind.LINEAR), Layer(Kind.TANH)]
point = Point(torch.tensor([0.5, -0.5], requires_grad=True))
out = point.x
for layer in layers:
    out = run(layer, point._replace(x=out))
out.sum().backward()
print(out, point.x.grad)
for value in (torch.ones(3), torch.tensor(2.0), [torch.ones(1), 2, 3], {"loss": torch.tensor(1.0)}, 5, torch.ones(2, 2)):
    print(describe(value))
if (n := point.x.numel()) > 1:
    print(n)
try:
    raise ExceptionGroup("several", [ValueError("one"), RuntimeError("two")])
except* ValueError as group:
    print("values:", group.exceptions)
except* RuntimeError as group:
    print("others:", group.exceptions)
