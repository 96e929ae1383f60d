"""Random programs: every step is chosen by looking at the tensors that the steps before it made, and run at once."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np

from tests.engine.programs import Library, Program, Refused, Run, Step

UNARY = ("exp", "sin", "cos", "tanh", "sigmoid", "relu", "neg", "square", "abs", "sqrt")
BINARY = ("mul", "add", "sub", "div")
MOST = 40  # elements


def program(seed: int, library: Library, length: int | None = None) -> Program:
    """A program of some 6 to 25 steps."""
    return Generator(seed, library).steps(length)


class Generator:
    """Chooses steps and runs them."""

    def __init__(self, seed: int, library: Library) -> None:
        self.random = Random(seed)
        self.run = Run(library)
        self.program: Program = []
        self.next = 0
        self.transposed = False  # after that, the order in memory of what is computed is PyTorch's own affair
        self.weights: set[int] = set()  # PyTorch's gradients may share their memory, so they are forgotten at once

    def steps(self, length: int | None) -> Program:
        """The whole program."""
        for _ in range(self.random.randint(1, 3)):
            self._take(self._leaf())
        for _ in range(length or self.random.randint(4, 20)):
            step = self._step()
            if step is not None and not self._take(step):
                return self.program
        self._take(["mode", True])
        sums = [number for number in self.run.tensors if self._requires(number)]
        if sums and self.random.random() < 0.9:
            self._take(self._backward(self.random.choice(sums)))
        return self.program

    def _take(self, step: Step) -> bool:
        self.program.append(step)
        goes_on = self.run.step(step)
        self.transposed |= any(word in step for word in ("T", "t", "transpose", "t_", "transpose_"))
        for weight in self.weights if step[0] in ("backward", "grad") else ():
            self.program.append(["forget", weight])
            self.run.step(self.program[-1])
        if step[0] in ("backward", "grad"):
            self.weights.clear()
        return goes_on

    def _new(self) -> int:
        self.next += 1
        return self.next - 1

    # --- looking around ---------------------------------------------------------------------------------------------

    def _array(self, number: int) -> Any:
        return self.run.library.array(self.run.tensors[number])

    def _requires(self, number: int) -> bool:
        return bool(self.run.tensors[number].requires_grad)

    def _any(self) -> int:
        """One of the tensors, rather a late one."""
        numbers = [number for number in self.run.tensors if number not in self.weights]
        return numbers[max(self.random.randrange(len(numbers)) for _ in range(2))]

    def _like(self, shape: tuple[int, ...]) -> Any:
        """An operand that (mostly) broadcasts into a shape: a tensor or a number."""
        fitting = [number for number in self.run.tensors if _fits(self._array(number).shape, shape)]
        fitting = [number for number in fitting if number not in self.weights]
        if self.random.random() < 0.04:
            return {"t": self._any()}
        if fitting and self.random.random() < 0.75:
            return {"t": self.random.choice(fitting)}
        return self.random.choice([2, 0.5, -1.5, 3, 1.25])

    # --- steps ------------------------------------------------------------------------------------------------------

    def _step(self) -> Step | None:
        if len(self.run.tensors) < 2:
            return self._leaf()
        kinds = [
            (self._leaf, 2),
            (self._unary, 4),
            (self._binary, 8),
            (self._reduction, 2),
            (self._view, 14),
            (self._several, 1.5),
            (self._change, 14),
            (self._changed_shape, 1),
            (self._assign, 9),
            (self._augment, 6),
            (self._mode, 4),
            (self._detach, 2.5),
            (self._flags, 2),
            (self._hook, 2),
            (self._pass, 3),
            (self._gradient, 1.5),
            (self._set_grad, 0.7),
            (self._set_data, 0.5),
            (self._forget, 0.7),
            (self._gather, 2),
        ]
        (chosen,) = self.random.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])
        return chosen()

    def _leaf(self) -> Step:
        shape = self.random.choice([[3], [2, 3], [2, 2], [4], [], [3, 1], [1, 3], [2, 1, 2], [2, 3], [3]])
        dtype = self.random.choices(["float64", "float32", "int64"], [14, 2, 1])[0]
        count = int(np.prod(shape))
        values: list[Any] = [
            self.random.randint(-3, 3) if dtype == "int64" else round(self.random.uniform(-2, 2) * 8) / 8 + 1 / 64
            for _ in range(count)
        ]
        return ["leaf", self._new(), shape, dtype, dtype != "int64" and self.random.random() < 0.6, values]

    def _unary(self) -> Step:
        return ["call", [self._new()], self._any(), self.random.choice([*UNARY, "clone", "clone"]), [], {}]

    def _binary(self) -> Step:
        x = self._any()
        return ["operator", self._new(), self.random.choice("+-*/"), {"t": x}, self._like(self._array(x).shape)]

    def _reduction(self) -> Step:
        return ["call", [self._new()], self._any(), self.random.choice(["sum", "mean", "sum"]), [], {}]

    def _view(self) -> Step:
        x = self._any()
        shape = self._array(x).shape
        ndim = len(shape)
        options: list[Step] = [["index", self._new(), x, self._key(shape)]] * 5
        if not self.transposed:
            options.append(["call", [self._new()], x, "view", [-1], {}])
            options.append(["call", [self._new()], x, "reshape", [-1], {}])
            options.append(["call", [self._new()], x, "flatten", [], {}])
        options.append(["call", [self._new()], x, "unsqueeze", [self.random.randint(-ndim - 1, ndim)], {}])
        options.append(["call", [self._new()], x, "squeeze", [], {}])
        options.append(["call", [self._new()], x, "T" if ndim == 2 else "view_as", [] if ndim == 2 else [{"t": x}], {}])
        if ndim == 2:
            options.append(["call", [self._new()], x, "t", [], {}])
        if ndim:
            options.append(["call", [self._new()], x, "transpose", [0, -1], {}])
        if np.prod(shape) * 2 <= MOST:
            options.append(["call", [self._new()], x, "expand", [2, *shape], {}])
        return self.random.choice(options)

    def _key(self, shape: tuple[int, ...]) -> Any:
        """An index of integers and slices."""
        parts = [self._part(length) for length in shape[: self.random.randint(0, len(shape))]]
        if self.random.random() < 0.08:
            parts.insert(self.random.randint(0, len(parts)), {"newaxis": 1})
        if self.random.random() < 0.08 or not parts:
            parts.append({"ellipsis": 1})
        return parts[0] if len(parts) == 1 else {"tuple": parts}

    def _part(self, length: int) -> Any:
        kind = self.random.random()
        if kind < 0.45 and length:
            return self.random.randint(-length, length - 1)
        start, stop = sorted([self.random.randint(0, length), self.random.randint(0, length)])
        return {
            "slice": self.random.choice(
                [[None, None, None], [start, None, None], [None, stop or None, None], [start, stop, None], [None, None, 2]]
            )
        }

    def _gather_key(self, shape: tuple[int, ...], x: int) -> Any:
        """An index with a list or a mask."""
        if self.random.random() < 0.4 and self._array(x).dtype.kind == "f":
            mask = self._mask(x)
            return {"ellipsis": 1} if mask is None else {"t": mask}
        length = shape[0] if shape else 1
        return (
            [self.random.randint(-length, length - 1) for _ in range(self.random.randint(1, 3))] if length else {"ellipsis": 1}
        )

    def _mask(self, x: int) -> int | None:
        mask = self._new()
        if not self._valid(x):
            return None
        self._take(["operator", mask, ">", {"t": x}, 0])
        return mask

    def _valid(self, x: int) -> bool:
        """Whether a tensor can tell where it comes from; PyTorch crashes on hooks of one that cannot."""
        return not isinstance(self.run.attempt(lambda: self.run.library.function(self.run.tensors[x])), Refused)

    def _gather(self) -> Step | None:
        x = self._any()
        shape = self._array(x).shape
        return ["index", self._new(), x, self._gather_key(shape, x)] if shape else None

    def _several(self) -> Step | None:
        x = self._any()
        shape = self._array(x).shape
        if not shape:
            return None
        if self.random.random() < 0.5:
            return ["call", [self._new() for _ in range(shape[0])], x, "unbind", [], {}]
        return ["call", [self._new(), self._new()], x, self.random.choice(["split", "chunk"]), [max(1, -(-shape[0] // 2))], {}]

    def _change(self) -> Step | None:
        x = self._any()
        shape = self._array(x).shape
        other = self._like(shape)
        options: list[tuple[str, list[Any], dict[str, Any]]] = [
            *[(f"{name}_", [other], {}) for name in BINARY for _ in range(3)],
            *[(f"{name}_", [], {}) for name in UNARY if name != "sqrt"],
            ("zero_", [], {}),
            ("fill_", [self._value(())], {}),
            ("copy_", [other], {}),
            ("copy_", [other], {}),
            ("clamp_", [-0.5, 0.5], {}),
            ("pow_", [2], {}),
            ("add_", [other], {"alpha": 2}),
            ("masked_fill_", [{"mask": x}, self._value(())], {}),
            ("sub_", [1], {}),
        ]
        name, args, keywords = self.random.choice(options)
        if (
            self._hazard(x, args)
            or self._array(x).dtype.kind == "b"
            or (name in ("masked_fill_", "fill_", "clamp_") and self._array(x).dtype.kind != "f")
        ):
            return None
        if name == "masked_fill_":
            mask = self._mask(x)
            if mask is None:
                return None
            args[0] = {"t": mask}
        return ["change", x, name, args, keywords]

    def _hazard(self, x: int, args: list[Any]) -> bool:
        """Whether an operand lies in the same memory in a way that makes PyTorch's result depend on its loops."""
        return any(self.overlapping(x, each["t"]) for each in args if isinstance(each, dict) and "t" in each)

    def overlapping(self, x: int, y: int) -> bool:
        return bool(x != y and np.shares_memory(self.run.tensors[x].array, self.run.tensors[y].array))

    def _value(self, shape: tuple[int, ...]) -> Any:
        return self._like(shape)

    def _changed_shape(self) -> Step | None:
        x = self._any()
        if not self.run.recording and self._requires(x):
            return None  # its graph would not fit it any more
        ndim = self._array(x).ndim
        options: list[tuple[str, list[Any]]] = [("unsqueeze_", [0]), ("squeeze_", []), ("unsqueeze_", [-1])]
        if ndim <= 2:
            options.append(("t_", []))
        if ndim:
            options += [("transpose_", [0, -1]), ("squeeze_", [0])]
        name, args = self.random.choice(options)
        return ["change", x, name, args, {}]

    def _assign(self) -> Step | None:
        x = self._any()
        shape = self._array(x).shape
        key = self._key(shape) if self.random.random() < 0.75 or not shape else self._gather_key(shape, x)
        try:
            part = self._array(x)[
                self._array(key["t"]) if isinstance(key, dict) and "t" in key else Run(self.run.library).value(key)
            ].shape
        except IndexError:
            part = ()
        value = self._like(part)
        if value == {"t": x} or self._hazard(x, [value]) or self._array(x).dtype.kind != "f":
            return None
        if 0 in self._array(x).strides and isinstance(key, list):
            return None  # of several values in one place, PyTorch leaves any
        return ["assign", x, key, value]

    def _augment(self) -> Step | None:
        x = self._any()
        other = self._like(self._array(x).shape)
        return (
            None
            if self._hazard(x, [other]) or self._array(x).dtype.kind == "b"
            else ["augment", x, self.random.choice("++-**/"), other]
        )

    def _mode(self) -> Step:
        return ["mode", self.random.random() < 0.65]

    def _detach(self) -> Step:
        kind = self.random.choice(["detach", "detach", "data"])
        return [kind, self._new(), self._any()]

    def _flags(self) -> Step:
        x = self._any()
        return self.random.choice(
            [
                ["requires_grad_", x, True],
                ["requires_grad_", x, self.random.random() < 0.5],
                ["retain_grad", x],
                ["retain_grad", x],
                ["detach_", x],
            ]
        )

    def _hook(self) -> Step | None:
        if self.run.handles and self.random.random() < 0.2:
            return ["unhook", self.random.randrange(len(self.run.handles))]
        x = self._any()
        if not self._valid(x):
            return None
        return ["hook", x, self.random.choice([None, None, 2, -0.5])]

    def _pass(self) -> Step:
        return self._backward(self._any())

    def _weight(self, x: int) -> Any:
        array = self._array(x)
        if array.size == 1 and self.random.random() < 0.8:
            return None
        weight = self._new()
        self.weights.add(weight)
        self._take(
            ["leaf", weight, list(array.shape), array.dtype.name, False, [1.0 + 0.5 * place for place in range(array.size)]]
        )
        return {"t": weight}

    def _backward(self, x: int) -> Step:
        options: dict[str, Any] = {"retain_graph": True} if self.random.random() < 0.6 else {}
        if self.random.random() < 0.15:
            options["create_graph"] = True
        if self.random.random() < 0.1:
            wanted = [number for number in self.run.tensors if self._requires(number)]
            options["inputs"] = self.random.sample(wanted, min(3, len(wanted))) or [x]
        return ["backward", x, self._weight(x), options]

    def _gradient(self) -> Step:
        x = self._any()
        inputs = [number for number in self.run.tensors if self._requires(number) and number != x][:2] or [self._any()]
        options: dict[str, Any] = {"allow_unused": True, "retain_graph": True}
        if self.random.random() < 0.5:
            options["create_graph"] = True
        return ["grad", [self._new() for _ in inputs], x, inputs, self._weight(x), options]

    def _set_grad(self) -> Step:
        x = self._any()
        same = [number for number in self.run.tensors if self._array(number).shape == self._array(x).shape]
        return ["set_grad", x, self.random.choice([None, *same])]

    def _set_data(self) -> Step | None:
        step = self._leaf()
        y = self._any()
        step[2], step[3] = list(self._array(y).shape), self._array(y).dtype.name
        step[4], step[5] = step[4] and step[3].startswith("float"), [0] * self._array(y).size
        self._take(step)
        return ["set_data", step[1], y]

    def _forget(self) -> Step | None:
        return ["forget", self._any()] if len(self.run.tensors) > 3 else None


def _fits(shape: tuple[int, ...], into: tuple[int, ...]) -> bool:
    return len(shape) <= len(into) and all(m in (1, n) for m, n in zip(shape[::-1], into[::-1], strict=False))
