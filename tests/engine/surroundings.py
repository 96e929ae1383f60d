"""What a generator of random programs sees: the tensors made so far, and arguments that suit them."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np

from tests.engine.programs import Library, Program, Refused, Run, Step

REORDERED = ("T", "t", "transpose", "t_", "transpose_", "movedim", "permute")


class Surroundings:
    """A program so far, and the run of it."""

    def __init__(self, random: Random, library: Library) -> None:
        self.random = random
        self.run = Run(library)
        self.program: Program = []
        self.next = 0
        self.transposed = False  # after that, the order in memory of what is computed is PyTorch's own affair
        self.retained: set[int] = set()  # whose gradient PyTorch keeps in the old shape if theirs is changed
        self.weights: set[int] = set()  # PyTorch's gradients may share their memory, so they are forgotten at once

    def take(self, step: Step) -> bool:
        self.program.append(step)
        if step[0] == "retain_grad":
            self.retained.add(step[1])
        elif step[0] == "backward":
            self.retained.update(step[3].get("inputs", ()))
        goes_on = self.run.step(step)
        self.transposed |= any(word in step for word in REORDERED)
        for weight in self.weights if step[0] in ("backward", "grad") else ():
            self.program.append(["forget", weight])
            self.run.step(self.program[-1])
        if step[0] in ("backward", "grad"):
            self.weights.clear()
        return goes_on

    def new(self) -> int:
        self.next += 1
        return self.next - 1

    def array(self, number: int) -> Any:
        return self.run.library.array(self.run.tensors[number])

    def requires(self, number: int) -> bool:
        return bool(self.run.tensors[number].requires_grad)

    def anything(self) -> int:
        """One of the tensors, rather a late one."""
        numbers = [number for number in self.run.tensors if number not in self.weights]
        return numbers[max(self.random.randrange(len(numbers)) for _ in range(2))]

    def like(self, shape: tuple[int, ...]) -> Any:
        """An operand that (mostly) broadcasts into a shape: a tensor or a number."""
        fitting = [number for number in self.run.tensors if _fits(self.array(number).shape, shape)]
        fitting = [number for number in fitting if number not in self.weights]
        if self.random.random() < 0.04:
            return {"t": self.anything()}
        if fitting and self.random.random() < 0.75:
            return {"t": self.random.choice(fitting)}
        return self.random.choice([2, 0.5, -1.5, 3, 1.25])

    def key(self, shape: tuple[int, ...]) -> Any:
        """An index of integers and slices."""
        parts = [self.part(length) for length in shape[: self.random.randint(0, len(shape))]]
        if self.random.random() < 0.08:
            parts.insert(self.random.randint(0, len(parts)), {"newaxis": 1})
        if self.random.random() < 0.08 or not parts:
            parts.append({"ellipsis": 1})
        return parts[0] if len(parts) == 1 else {"tuple": parts}

    def part(self, length: int) -> Any:
        kind = self.random.random()
        if kind < 0.45 and length:
            return self.random.randint(-length, length - 1)
        start, stop = sorted([self.random.randint(0, length), self.random.randint(0, length)])
        return {
            "slice": self.random.choice(
                [[None, None, None], [start, None, None], [None, stop or None, None], [start, stop, None], [None, None, 2]]
            )
        }

    def gather_key(self, shape: tuple[int, ...], x: int) -> Any:
        """An index with a list or a mask."""
        if self.random.random() < 0.4 and self.array(x).dtype.kind == "f":
            mask = self.mask(x)
            return {"ellipsis": 1} if mask is None else {"t": mask}
        length = shape[0] if shape else 1
        return (
            [self.random.randint(-length, length - 1) for _ in range(self.random.randint(1, 3))] if length else {"ellipsis": 1}
        )

    def mask(self, x: int) -> int | None:
        mask = self.new()
        if not self.valid(x):
            return None
        self.take(["operator", mask, ">", {"t": x}, 0])
        return mask

    def valid(self, x: int) -> bool:
        """Whether a tensor can tell where it comes from; PyTorch crashes on hooks of one that cannot."""
        return not isinstance(self.run.attempt(lambda: self.run.library.function(self.run.tensors[x])), Refused)

    def hazard(self, x: int, args: list[Any]) -> bool:
        """Whether an operand lies in the same memory in a way that makes PyTorch's result depend on its loops."""
        return any(self.overlapping(x, each["t"]) for each in args if isinstance(each, dict) and "t" in each)

    def overlapping(self, x: int, y: int) -> bool:
        return bool(x != y and np.shares_memory(self.run.tensors[x].ndarray, self.run.tensors[y].ndarray))


def _fits(shape: tuple[int, ...], into: tuple[int, ...]) -> bool:
    return len(shape) <= len(into) and all(m in (1, n) for m, n in zip(shape[::-1], into[::-1], strict=False))
