"""Little programs of views, in-place changes and backward passes, as data: what they are, how they run, what is seen.

A program is a list of steps that JSON can hold, so that the same one runs in gradcli and in PyTorch, each behind `Library`.
Tensors have numbers; an argument is a number, a list, or one of

    {"t": 3}          tensor 3                  {"slice": [0, 2, null]}   0:2
    {"ellipsis": 1}   ...                       {"newaxis": 1}            None

and a step is one of

    ["leaf", out, shape, dtype, requires_grad, values]     ["call", outs, x, method, args, keywords]
    ["index", out, x, key]                                 ["operator", out, symbol, x, y]
    ["change", x, method, args, keywords]                  ["assign", x, key, value]
    ["augment", x, symbol, y]                              ["mode", whether operations are recorded from here on]
    ["backward", x, weight, options]                       ["grad", outs, x, inputs, weight, options]
    ["detach", out, x]       ["data", out, x]              ["set_data", x, y]       ["detach_", x]
    ["requires_grad_", x, flag]     ["retain_grad", x]     ["set_grad", x, y or null]
    ["hook", x, factor or null]     ["unhook", which]      ["forget", x]
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np

Step = list[Any]
Program = list[Step]


class Library(Protocol):
    """A differentiating library, as far as programs need it."""

    def leaf(self, array: Any, requires_grad: bool) -> Any: ...
    def call(self, x: Any, method: str, args: list[Any], keywords: dict[str, Any]) -> Any: ...
    def index(self, x: Any, key: Any) -> Any: ...
    def operator(self, symbol: str, x: Any, y: Any) -> Any: ...
    def change(self, x: Any, method: str, args: list[Any], keywords: dict[str, Any]) -> Any: ...
    def assign(self, x: Any, key: Any, value: Any) -> None: ...
    def augment(self, x: Any, symbol: str, y: Any) -> Any: ...
    def record(self, enabled: bool) -> Any: ...
    def backward(self, x: Any, weight: Any, options: dict[str, Any]) -> None: ...
    def grad(self, x: Any, inputs: list[Any], weight: Any, options: dict[str, Any]) -> list[Any]: ...
    def detach(self, x: Any) -> Any: ...
    def data(self, x: Any) -> Any: ...
    def set_data(self, x: Any, y: Any) -> None: ...
    def detach_(self, x: Any) -> None: ...
    def requires_grad_(self, x: Any, flag: bool) -> None: ...
    def retain_grad(self, x: Any) -> None: ...
    def set_grad(self, x: Any, y: Any) -> None: ...
    def hook(self, x: Any, function: Any) -> Any: ...
    def array(self, x: Any) -> Any: ...
    def version(self, x: Any) -> int: ...
    def grad_of(self, x: Any) -> Any: ...
    def function(self, x: Any) -> Any: ...
    def problem(self, error: Exception) -> tuple[str, str] | None: ...


class Refused(NamedTuple):
    """An error in place of a result: its type and its message."""

    type: str
    message: str


class Run:
    """A program as it runs in one library.

    tensors  by number     errors  by the place of the step     log  what hooks saw
    """

    def __init__(self, library: Library) -> None:
        self.library = library
        self.tensors: dict[int, Any] = {}
        self.handles: list[Any] = []
        self.errors: dict[int, Refused] = {}
        self.log: list[Any] = []
        self.places = 0
        self.recording = True
        self.failed = False

    def all(self, program: Program) -> Run:
        """Run all steps, or those up to a backward pass that failed: what such a pass leaves behind is nobody's business."""
        for step in program:
            if not self.step(step):
                break
        return self

    def step(self, step: Step) -> bool:
        """Run one step, and note how it was refused; gives whether the program goes on."""
        kind, *arguments = step
        place, self.places = self.places, self.places + 1
        self._look()
        refused = self.attempt(lambda: getattr(self, f"_{kind}")(*arguments))
        if isinstance(refused, Refused):
            self.errors[place] = refused
        self.failed = isinstance(refused, Refused) and kind in ("backward", "grad")
        return not self.failed

    def attempt(self, action: Any) -> Any:
        """The result of an action, or how the library refused."""
        try:
            with self.library.record(self.recording), np.errstate(all="ignore"):
                return action()
        except Exception as error:
            problem = self.library.problem(error)
            if problem is None:
                raise
            return Refused(*problem)

    # --- steps ------------------------------------------------------------------------------------------------------

    def _leaf(self, out: int, shape: list[int], dtype: str, requires_grad: bool, values: list[Any]) -> None:
        self.tensors[out] = self.library.leaf(np.array(values, dtype).reshape(shape), requires_grad)

    def _call(self, outs: list[int], x: int, method: str, args: list[Any], keywords: dict[str, Any]) -> None:
        result = self.library.call(self.tensors[x], method, [self.value(each) for each in args], keywords)
        for out, each in zip(outs, result if isinstance(result, tuple) else (result,), strict=False):
            self.tensors[out] = each

    def _index(self, out: int, x: int, key: Any) -> None:
        self.tensors[out] = self.library.index(self.tensors[x], self.value(key))

    def _operator(self, out: int, symbol: str, x: Any, y: Any) -> None:
        self.tensors[out] = self.library.operator(symbol, self.value(x), self.value(y))

    def _look(self) -> None:
        """Look at where every tensor comes from: a stale view that nobody looked at is a leaf to PyTorch, or crashes it."""
        for tensor in self.tensors.values():
            self.attempt(lambda tensor=tensor: self.library.function(tensor))

    def _change(self, x: int, method: str, args: list[Any], keywords: dict[str, Any]) -> None:
        assert self.library.change(self.tensors[x], method, [self.value(each) for each in args], keywords) is self.tensors[x]

    def _assign(self, x: int, key: Any, value: Any) -> None:
        self.library.assign(self.tensors[x], self.value(key), self.value(value))

    def _augment(self, x: int, symbol: str, y: Any) -> None:
        assert self.library.augment(self.tensors[x], symbol, self.value(y)) is self.tensors[x]

    def _mode(self, enabled: bool) -> None:
        self.recording = enabled

    def _backward(self, x: int, weight: Any, options: dict[str, Any]) -> None:
        self.library.backward(self.tensors[x], self.value(weight), self._options(options))

    def _grad(self, outs: list[int], x: int, inputs: list[int], weight: Any, options: dict[str, Any]) -> None:
        found = self.library.grad(
            self.tensors[x], [self.tensors[each] for each in inputs], self.value(weight), self._options(options)
        )
        made = {out: each for out, each in zip(outs, found, strict=True) if each is not None}
        self.tensors |= {
            out: self.library.operator("*", each, 1) for out, each in made.items()
        }  # PyTorch's own may have any version

    def _options(self, options: dict[str, Any]) -> dict[str, Any]:
        return {key: [self.tensors[each] for each in value] if key == "inputs" else value for key, value in options.items()}

    def _detach(self, out: int, x: int) -> None:
        self.tensors[out] = self.library.detach(self.tensors[x])

    def _data(self, out: int, x: int) -> None:
        self.tensors[out] = self.library.data(self.tensors[x])

    def _set_data(self, x: int, y: int) -> None:
        self.library.set_data(self.tensors[x], self.tensors[y])

    def _detach_(self, x: int) -> None:
        self.library.detach_(self.tensors[x])

    def _requires_grad_(self, x: int, flag: bool) -> None:
        self.library.requires_grad_(self.tensors[x], flag)

    def _retain_grad(self, x: int) -> None:
        self.library.retain_grad(self.tensors[x])

    def _set_grad(self, x: int, y: int | None) -> None:
        self.library.set_grad(self.tensors[x], None if y is None else self.tensors[y])

    def _hook(self, x: int, factor: float | None) -> None:
        number = len(self.handles)

        def seen(g: Any) -> Any:
            if g is None:
                return None  # PyTorch calls hooks even where no gradient comes to one of several outputs
            self.log.append([number, described(self.library.array(g))])
            return None if factor is None else self.library.operator("*", g, factor)

        self.handles.append(self.library.hook(self.tensors[x], seen))

    def _unhook(self, which: int) -> None:
        self.handles[which].remove()

    def _forget(self, x: int) -> None:
        del self.tensors[x]

    def value(self, argument: Any) -> Any:
        """An argument as the library takes it."""
        if isinstance(argument, list):
            return [self.value(each) for each in argument]
        if not isinstance(argument, dict):
            return argument
        ((kind, content),) = argument.items()
        if kind == "tuple":
            return tuple(self.value(each) for each in content)
        return (
            self.tensors[content]
            if kind == "t"
            else slice(*content)
            if kind == "slice"
            else ...
            if kind == "ellipsis"
            else None
        )

    # --- what is seen -----------------------------------------------------------------------------------------------

    def seen(self) -> dict[str, Any]:
        """All that can be seen of the run, as JSON has it."""
        return {
            "errors": {str(place): list(refused) for place, refused in self.errors.items()},
            "log": self.log,
            "tensors": {str(number): self._seen(tensor) for number, tensor in self.tensors.items()},
        }

    def _seen(self, tensor: Any) -> dict[str, Any]:
        library = self.library
        grad = None if self.failed else library.grad_of(tensor)
        return {
            "value": described(library.array(tensor)),
            "version": library.version(tensor),
            "requires_grad": tensor.requires_grad,
            "is_leaf": self.attempt(lambda: tensor.is_leaf),
            "grad_fn": self.attempt(lambda: self._functions(tensor)),
            "grad": None if grad is None else [described(library.array(grad)), grad.requires_grad],
        }

    def _functions(self, tensor: Any) -> Any:
        """The backward function of a tensor with those next to it, a leaf of its own as "leaf"."""
        function = self.library.function(tensor)
        if function is None:
            return "leaf"
        names = [f"{self._named(each)}{number or ''}" for each, number in function.next_functions]
        return f"{self._named(function)}({', '.join(names)})"

    def _named(self, function: Any) -> str:
        if function is None:
            return "None"
        if hasattr(function, "variable"):
            return next((f"t{number}" for number, tensor in self.tensors.items() if tensor is function.variable), "leaf")
        return str(function.name()).removeprefix("torch::autograd::")


def described(array: Any) -> list[Any]:
    """An array as [dtype, shape, numbers]."""
    return [array.dtype.name, list(array.shape), array.ravel().tolist()]
