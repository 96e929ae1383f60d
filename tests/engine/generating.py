"""Random programs: every step is chosen by looking at the tensors that the steps before it made, and run at once."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np

from tests.engine.programs import Library, Program, Run, Step
from tests.engine.surroundings import Surroundings

UNARY = ("exp", "sin", "cos", "tanh", "sigmoid", "relu", "neg", "square", "abs", "sqrt")
BINARY = ("mul", "add", "sub", "div")
MOST = 40  # elements


def program(random: Random, library: Library, length: int | None = None) -> Program:
    """A program of some 6 to 25 steps, or about as many as asked for."""
    return Generator(random, library).steps(length)


class Generator(Surroundings):
    """Chooses steps and runs them."""

    def steps(self, length: int | None) -> Program:
        """The whole program."""
        for _ in range(self.random.randint(1, 3)):
            self.take(self._leaf())
        for _ in range(length or self.random.randint(4, 20)):
            step = self._step()
            if step is not None and not self.take(step):
                return self.program
        self.take(["mode", True])
        sums = [number for number in self.run.tensors if self.requires(number)]
        if sums and self.random.random() < 0.9:
            self.take(self._backward(self.random.choice(sums)))
        return self.program

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
        shape = self.random.choice([[3], [2, 3], [2, 2], [4], [], [3, 1], [1, 3], [2, 1, 2], [2, 3], [3], [3, 3], [2, 2, 2]])
        dtype = self.random.choices(["float64", "float32", "int64"], [14, 2, 1])[0]
        count = int(np.prod(shape))
        values: list[Any] = [
            self.random.randint(-3, 3) if dtype == "int64" else round(self.random.uniform(-2, 2) * 8) / 8 + 1 / 64
            for _ in range(count)
        ]
        return ["leaf", self.new(), shape, dtype, dtype != "int64" and self.random.random() < 0.6, values]

    def _unary(self) -> Step:
        return ["call", [self.new()], self.anything(), self.random.choice([*UNARY, "clone", "clone"]), [], {}]

    def _binary(self) -> Step:
        x = self.anything()
        return ["operator", self.new(), self.random.choice("+-*/"), {"t": x}, self.like(self.array(x).shape)]

    def _reduction(self) -> Step:
        return [
            "call",
            [self.new()],
            self.anything(),
            self.random.choice(["sum", "mean"]),
            self.random.choice([[], [], [0], [-1]]),
            {},
        ]

    def _view(self) -> Step:
        x = self.anything()
        shape = self.array(x).shape
        if self.random.random() < 0.35:
            return ["index", self.new(), x, self.key(shape)]
        method, args = self.random.choice(self._view_methods(x, shape))
        return ["call", [self.new()], x, method, args, {}]

    def _view_methods(self, x: int, shape: tuple[int, ...]) -> list[tuple[str, list[Any]]]:
        ndim = len(shape)
        dim = self.random.randint(-ndim, ndim - 1) if ndim else 0
        methods: list[tuple[str, list[Any]]] = [
            ("unsqueeze", [self.random.randint(-ndim - 1, ndim)]),
            ("squeeze", []),
            ("squeeze", [dim]),
            ("view_as", [{"t": x}]),
            ("narrow", self._stretch(dim, shape)),
        ]
        if not self.transposed:
            methods += [("view", [-1]), ("reshape", [-1]), ("flatten", [])]
        if ndim:
            methods += [("transpose", [0, -1]), ("select", [dim, self.random.randint(-1, 1)]), ("movedim", [dim, 0])]
        if ndim == 2:
            methods += [("T", []), ("t", [])]
        if ndim >= 2:
            methods += [("diagonal", [self.random.randint(-1, 1), *self.random.sample(range(ndim), 2)])] * 2
            methods += [("permute", [self.random.sample(range(ndim), ndim)])]
        if np.prod(shape) * 2 <= MOST:
            methods += [("expand", [2, *shape])] * 2
        return methods

    def _stretch(self, dim: int, shape: tuple[int, ...]) -> list[int]:
        length = shape[dim] if shape else 1
        start = self.random.randint(0, length)
        return [dim, self.random.choice([start, start - length]), self.random.randint(0, length - start + (start == 1))]

    def _gather(self) -> Step | None:
        x = self.anything()
        shape = self.array(x).shape
        return ["index", self.new(), x, self.gather_key(shape, x)] if shape else None

    def _several(self) -> Step | None:
        x = self.anything()
        shape = self.array(x).shape
        if not shape:
            return None
        dim = self.random.randrange(-len(shape), len(shape))
        if self.random.random() < 0.5:
            return ["call", [self.new() for _ in range(shape[dim])], x, "unbind", [dim], {}]
        method = self.random.choice(["split", "chunk"])
        return ["call", [self.new(), self.new()], x, method, [max(1, -(-shape[dim] // 2)), dim], {}]

    def _change(self) -> Step | None:
        x = self.anything()
        shape = self.array(x).shape
        other = self.like(shape)
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
            self.hazard(x, args)
            or self.array(x).dtype.kind == "b"
            or (name in ("masked_fill_", "fill_", "clamp_") and self.array(x).dtype.kind != "f")
        ):
            return None
        if name == "masked_fill_":
            mask = self.mask(x)
            if mask is None:
                return None
            args[0] = {"t": mask}
        return ["change", x, name, args, keywords]

    def _value(self, shape: tuple[int, ...]) -> Any:
        return self.like(shape)

    def _changed_shape(self) -> Step | None:
        x = self.anything()
        if x in self.retained or (not self.run.recording and self.requires(x)):
            return None  # its graph would not fit it any more
        ndim = self.array(x).ndim
        options: list[tuple[str, list[Any]]] = [("unsqueeze_", [0]), ("squeeze_", []), ("unsqueeze_", [-1])]
        if ndim <= 2:
            options.append(("t_", []))
        if ndim:
            options += [("transpose_", [0, -1]), ("squeeze_", [0])]
        name, args = self.random.choice(options)
        return ["change", x, name, args, {}]

    def _assign(self) -> Step | None:
        x = self.anything()
        shape = self.array(x).shape
        key = self.key(shape) if self.random.random() < 0.75 or not shape else self.gather_key(shape, x)
        try:
            part = self.array(x)[
                self.array(key["t"]) if isinstance(key, dict) and "t" in key else Run(self.run.library).value(key)
            ].shape
        except IndexError:
            part = ()
        value = self.like(part)
        if value == {"t": x} or self.hazard(x, [value]) or self.array(x).dtype.kind != "f":
            return None
        if 0 in self.array(x).strides and (isinstance(key, list) or (isinstance(key, dict) and "t" in key)):
            return None  # of several values in one place, PyTorch leaves any
        return ["assign", x, key, value]

    def _augment(self) -> Step | None:
        x = self.anything()
        other = self.like(self.array(x).shape)
        return (
            None
            if self.hazard(x, [other]) or self.array(x).dtype.kind == "b"
            else ["augment", x, self.random.choice("++-**/"), other]
        )

    def _mode(self) -> Step:
        return ["mode", self.random.random() < 0.65]

    def _detach(self) -> Step:
        x = self.anything()
        # Where dtypes meet, what is saved is a copy here: what changes through `.data` does not reach it.
        wide = self.array(x).dtype == np.float64
        return [self.random.choice(["detach", "detach", "data"]) if wide else "detach", self.new(), x]

    def _flags(self) -> Step:
        x = self.anything()
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
        x = self.anything()
        if not self.valid(x):
            return None
        return ["hook", x, self.random.choice([None, None, 2, -0.5])]

    def _pass(self) -> Step:
        return self._backward(self.anything())

    def _weight(self, x: int) -> Any:
        array = self.array(x)
        if array.size == 1 and self.random.random() < 0.8:
            return None
        weight = self.new()
        self.weights.add(weight)
        self.take(
            ["leaf", weight, list(array.shape), array.dtype.name, False, [1.0 + 0.5 * place for place in range(array.size)]]
        )
        return {"t": weight}

    def _backward(self, x: int) -> Step:
        options: dict[str, Any] = {"retain_graph": True} if self.random.random() < 0.6 else {}
        if self.random.random() < 0.15:
            options["create_graph"] = True
        if self.random.random() < 0.1:
            wanted = [number for number in self.run.tensors if self.requires(number)]
            options["inputs"] = self.random.sample(wanted, min(3, len(wanted))) or [x]
        return ["backward", x, self._weight(x), options]

    def _gradient(self) -> Step:
        x = self.anything()
        inputs = [number for number in self.run.tensors if self.requires(number) and number != x][:2] or [self.anything()]
        options: dict[str, Any] = {"allow_unused": True, "retain_graph": True}
        if self.random.random() < 0.5:
            options["create_graph"] = True
        return ["grad", [self.new() for _ in inputs], x, inputs, self._weight(x), options]

    def _set_grad(self) -> Step:
        x = self.anything()
        same = [number for number in self.run.tensors if self.array(number).shape == self.array(x).shape]
        return ["set_grad", x, self.random.choice([None, *same])]

    def _set_data(self) -> Step | None:
        step = self._leaf()
        y = self.anything()
        step[2], step[3] = list(self.array(y).shape), self.array(y).dtype.name
        step[4], step[5] = step[4] and step[3].startswith("float"), [0] * self.array(y).size
        self.take(step)
        return ["set_data", step[1], y]

    def _forget(self) -> Step | None:
        return ["forget", self.anything()] if len(self.run.tensors) > 3 else None
