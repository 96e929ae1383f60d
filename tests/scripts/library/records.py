# Settings and results as dataclasses and NamedTuples.
from __future__ import annotations

from dataclasses import FrozenInstanceError, asdict, astuple, dataclass, field, fields, replace
from typing import Any, Callable, ClassVar, Dict, List, NamedTuple, Optional, Tuple, TypeVar, Union

import torch
from torch import Tensor

T = TypeVar("T")


@dataclass
class Config:
    lr: float = 0.1
    steps: int = 3
    name: str = "sgd"
    losses: List[float] = field(default_factory=list, repr=False)
    scale: Optional[float] = None
    KNOWN: ClassVar[Tuple[str, ...]] = ("sgd",)

    def __post_init__(self):
        if self.name not in self.KNOWN:
            raise ValueError(f"unknown optimizer {self.name!r}")


@dataclass(order=True)
class Result(Config):
    final: float = field(default=0.0, compare=True)


@dataclass(frozen=True)
class Point:
    x: float
    y: float = 0.0

    @property
    def norm(self) -> float:
        return (self.x**2 + self.y**2) ** 0.5


class Batch(NamedTuple):
    inputs: Tensor
    targets: Tensor
    weight: float = 1.0

    def total(self) -> Tensor:
        return self.weight * ((self.inputs - self.targets) ** 2).sum()


def train(config: Config, start: Union[float, Tensor], trace: Optional[Callable[[Any], None]] = None) -> Dict[str, Any]:
    w: Tensor = torch.tensor(start, requires_grad=True)
    for _ in range(config.steps):
        loss = Batch(w * torch.ones(2), torch.tensor([1.0, 3.0])).total()
        loss.backward()
        with torch.no_grad():
            w -= config.lr * w.grad
        w.grad = None
        config.losses.append(loss.item())
    return {"w": w}


config = Config(steps=4)
print(config, config == Config(steps=4), [f.name for f in fields(config)])
print(train(config, 0.0), [f"{loss:.3f}" for loss in config.losses])
print(asdict(Config(lr=1.0)), astuple(Point(1.0, 2.0)), replace(config, name="sgd", lr=0.5), config.losses is Config().losses)
print(Point(3, 4).norm, Point(1) == Point(1, 0.0), hash(Point(1)) == hash(Point(1)), {Point(1), Point(1)})
print(sorted([Result(final=2.0), Result(final=1.0)], key=lambda r: r.final)[0], Result(lr=0.1) < Result(lr=0.2))
for wrong in (lambda: Config(name="adam"), lambda: Config(rate=1), lambda: Point(), lambda: setattr(Point(1), "x", 2)):
    try:
        wrong()
    except (ValueError, TypeError, FrozenInstanceError) as e:
        print(type(e).__name__, e)
b = Batch(torch.ones(2), torch.zeros(2))
print(b, b.total(), b._replace(weight=0.5).total(), b.inputs is b[0])
