"""The tracer: runs a function with stand-ins, and notes its equations.

An equation that is there already is not noted again.  What is known while tracing (constants, and arrays filled with one
number) is computed then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from gradcli.engine.batch import Batch, Unbatched
from gradcli.engine.plan.program import CALL, ELEMENTWISE, REDUCTION, STEP, VIEW, Equation, Program, Ref, leaves, mapped
from gradcli.engine.plan.shapes import METADATA, PLAIN_CALLS, VIEWS, call_type, elementwise_layout, probe
from gradcli.engine.plan.stand_in import StandIn, layout
from gradcli.errors import Problem
from gradcli.graph.multi_output import OutputCotangents
from gradcli.graph.operation import Operation
from gradcli.graph.symbolic import Symbolic, Tracer, Unplannable, Untraceable, tracing
from gradcli.graph.types import Array, Axes, Operand

_FILLED: Final[dict[Any, int]] = {np.zeros_like: 0, np.ones_like: 1}
Type = tuple[tuple[int, ...], Any]  # a shape and a dtype


class Recording(Tracer):
    """Equations as they come, and what stands for their results."""

    def __init__(self, types: Sequence[Type], examples: Sequence[Any] | None) -> None:
        self.types: list[Type] = list(types)
        self.equations: list[Equation] = []
        self._known: dict[Any, tuple[int, ...]] = {}  # by what an equation computes, its results
        self._kept: list[Any] = []  # whatever goes by its id in these keys must live
        self._dtypes: dict[Any, Any] = {}
        self._examples: dict[int, Any] = dict(enumerate(examples or ()))
        self._makers: dict[int, Equation] = {}
        self._inputs = range(len(types))
        self._broadcast_from: dict[int, int] = {}  # by variable, the one that it repeats

    def inputs(self) -> list[StandIn]:
        """The stand-ins of the inputs."""
        return [StandIn(self, number, layout(*each)) for number, each in enumerate(self.types)]

    # --- what stand-ins ask for ---

    def elementwise(self, ufunc: np.ufunc, operands: Sequence[Any]) -> Any:
        """The result of a ufunc."""
        plain = [_number_of(each) for each in operands]
        dtype = self._dtype(ufunc, operands)
        like = elementwise_layout(operands, dtype)
        if not any([type(each) is Ref for each in plain]):
            if all([np.ndim(each) == 0 for each in plain]):
                return StandIn(self, -1, like, np.asarray(ufunc(*plain)))
            return ufunc(*[_written_out(each) for each in operands])
        same = _unchanged(ufunc, operands, plain)
        if same is not None and same.dtype == dtype:
            return same if same.shape == like.shape else self.view(same, np.broadcast_to, (like.shape,), {})
        plain = self._fitting(operands, plain, like.shape)
        return self._note(ELEMENTWISE, ufunc, tuple(plain), {}, like, ufunc.__name__)

    def reduced(self, ufunc: np.ufunc, x: StandIn, axis: Axes, dtype: np.dtype[Any] | None, keepdims: bool) -> Any:
        """The result of `ufunc.reduce`."""
        if x.fill is not None:
            return np.asarray(ufunc.reduce(_written_out(x), axis, dtype, keepdims=keepdims))
        if not x.size:
            ufunc.reduce(np.zeros(x.shape, x.dtype), axis)  # which NumPy may refuse
        axes = tuple(range(x.ndim)) if axis is None else tuple([each % x.ndim for each in np.atleast_1d(axis).tolist()])
        lengths = [1 if place in axes else length for place, length in enumerate(x.shape) if keepdims or place not in axes]
        result = ufunc.reduce(np.ones((1,) * x.ndim, x.dtype), axes, dtype)
        args = (Ref(x.number), None if axis is None else axes, None if dtype is None else np.dtype(dtype), None, keepdims)
        label = f"{_REDUCTIONS.get(ufunc.__name__, ufunc.__name__)}"
        return self._note(REDUCTION, ufunc.reduce, args, {}, layout(tuple(lengths), result.dtype), label)

    def cast(self, x: StandIn, dtype: np.dtype[Any]) -> Any:
        """The values in another dtype."""
        if x.dtype == dtype:
            return x
        like = layout(x.shape, dtype, tuple([each // x.itemsize * dtype.itemsize for each in x.strides]))
        if x.fill is not None:
            return StandIn(self, -1, like, x.fill.astype(dtype))
        return self._note(ELEMENTWISE, np.ndarray.astype, (Ref(x.number), dtype), {}, like, f"to_{dtype.name}")

    def real(self, x: StandIn) -> Any:
        """The real parts of complex numbers."""
        if x.dtype.kind != "c":
            return x
        like = layout(x.shape, x.dtype.type(0).real.dtype)
        if x.fill is not None:
            return StandIn(self, -1, like, np.asarray(x.fill.real))
        return self._note(ELEMENTWISE, real_part, (Ref(x.number),), {}, like, "real")

    def view(self, x: StandIn, function: Callable[..., Any], args: tuple[Any, ...], words: dict[str, Any]) -> Any:
        """A view, by a function that only looks at shape and strides."""
        like = function(x.like, *args, **words)
        if x.fill is not None:
            return StandIn(self, -1, layout(like.shape, like.dtype), x.fill)
        if like.shape == x.shape and like.strides == x.strides:
            return x
        label = getattr(function, "__name__", "view")
        made = self._note(VIEW, function, (Ref(x.number), *args), words, like, label)
        if function is np.broadcast_to:
            self._broadcast_from[made.number] = x.number
        return made

    def reshaped(self, x: StandIn, like: Array) -> Any:
        """The values in another shape."""
        if like.shape == x.shape:
            return StandIn(self, x.number, like, x.fill)
        if x.fill is not None:
            return StandIn(self, -1, like, x.fill)
        return self._note(VIEW, np.ndarray.reshape, (Ref(x.number), like.shape), {}, like, "reshape")

    def function(self, function: Callable[..., Any], args: tuple[Any, ...], words: dict[str, Any]) -> Any:
        """A function of NumPy's that is no ufunc."""
        x: Any = args[0] if args else None
        if function in METADATA:
            return function(*mapped(args, _like_of), **words)
        if function in _FILLED or function is np.full_like:
            number = args[1] if function is np.full_like else _FILLED[function]
            dtype = np.dtype(words.get("dtype") or x.dtype)
            return StandIn(self, -1, layout(x.shape, dtype), np.asarray(number).astype(dtype))
        if function in VIEWS and type(x) is StandIn:
            return self.view(x, function, args[1:], words)
        if function is np.where and len(args) == 3:
            return self._where(args)
        return self.call(function, args, words)

    def call(self, function: Callable[..., Any], args: tuple[Any, ...], words: dict[str, Any]) -> Any:
        """Another function of NumPy's, or a method of an array."""
        if not _has_variables((args, tuple(words.values()))):
            return function(*mapped(args, _written_out), **mapped_words(words, _written_out))
        if function not in PLAIN_CALLS:
            name = getattr(function, "__name__", "a function")
            raise Untraceable(f"what it gives depends on the values of a tensor, by NumPy's {name}", self)
        types = call_type(function, args, words)
        likes = [layout(*each) for each in types]
        label = getattr(function, "__name__", "call")
        return self._note(CALL, function, mapped(args, _argument), mapped_words(words, _argument), likes, label)

    def _where(self, operands: tuple[Any, ...]) -> Any:
        plain = [_number_of(each) for each in operands]
        like = elementwise_layout(operands, self._dtype(np.where, operands))
        if not any([type(each) is Ref for each in plain]):
            return np.where(*[_written_out(each) for each in operands])
        plain = self._fitting(operands, plain, like.shape)
        return self._note(ELEMENTWISE, np.where, tuple(plain), {}, like, "where")

    def _fitting(self, operands: Sequence[Any], plain: list[Any], shape: tuple[int, ...]) -> list[Any]:
        """The operands in their own shapes where the others still broadcast to that of the result; else written out."""
        found = list(plain)
        for place, known in enumerate(plain):
            source = self._broadcast_from.get(known.number) if type(known) is Ref else None
            if source is not None:
                found[place] = Ref(source)
                if np.broadcast_shapes(*map(self._shape, found)) != shape:
                    found[place] = known
        if np.broadcast_shapes(*map(self._shape, found)) == shape:
            return found
        return [  # a number is repeated more often than the others are long
            _written_out(each) if type(known) is not Ref and np.shape(each) == shape else known
            for each, known in zip(operands, plain)
        ]

    def _shape(self, value: Any) -> tuple[int, ...]:
        return self.types[value.number][0] if type(value) is Ref else np.shape(value)

    def step(self, operation: Operation, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """A row or a rule as one equation; its result's shape is that of an example."""
        label = operation.name if function is operation.forward else f"{operation.name}'"
        if args and type(args[0]) is OutputCotangents:
            function, args = _taken_apart(function, args)
        if any([isinstance(each, Batch) for each in args]):
            return Batch(self.step(operation, *_without_batches(function, args)))
        plain = mapped(args, _argument)
        if not _has_variables(args):
            return function(*plain)
        if operation.pointwise and function in (operation.forward, *operation.vjps):
            operands = [each for each in args if isinstance(each, (np.ndarray, Symbolic))]
            like = self._pointwise(function, args, operands)
            if like is not None:
                return self._note(ELEMENTWISE, function, plain, {}, like, label)
        result = function(*mapped(plain, self.example))
        several = isinstance(result, tuple)
        likes = [layout(each.shape, each.dtype) for each in map(np.asarray, result if several else (result,))]
        noted = self._note(STEP, function, plain, {}, likes, label, operation)
        return (noted,) if several and type(noted) is not tuple else noted

    def _pointwise(self, function: Callable[..., Any], args: tuple[Any, ...], operands: list[Any]) -> Any:
        """The layout of the result, if a small trial bears out that it has an entry for each of the operands'."""
        shape = np.broadcast_shapes(*[each.shape for each in operands])
        try:
            trial = np.asarray(function(*mapped(args, probe)))
        except Problem:
            raise
        except Exception:  # whatever a kernel makes of ones
            return None
        small = tuple([min(each, 2) for each in shape])
        return layout(shape, trial.dtype) if trial.shape == small else None

    def is_latest(self, out: tuple[Any, ...]) -> bool:
        """Whether the array that is written into was made just now, so that nothing else has seen it."""
        return type(out[0]) is StandIn and out[0].number == len(self.types) - 1 >= len(self._inputs)

    # --- notes ---

    def example(self, value: object) -> Any:
        """The array that a variable would be, computed from examples of the inputs."""
        if type(value) is not Ref:
            return value
        pending = [value.number]
        while pending:
            number = pending[-1]
            if number in self._examples:
                pending.pop()
                continue
            if number in self._inputs:  # made only where a step has to be tried
                self._examples[number] = _example(*self.types[number])
                continue
            maker = self._makers[number]
            missing = [each for each in maker.inputs if each not in self._examples]
            pending += missing
            if not missing:
                self._compute(maker)
        return self._examples[value.number]

    def _compute(self, maker: Equation) -> None:
        look = lambda each: self._examples[each.number] if type(each) is Ref else each  # noqa: E731
        with np.errstate(all="ignore"):
            result = maker.function(*mapped(maker.args, look), **mapped_words(maker.words, look))
        results = result if isinstance(result, tuple) else (result,)
        self._examples.update(zip(maker.outputs, map(np.asarray, results)))

    def _note(
        self,
        kind: str,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        words: dict[str, Any],
        like: Any,
        label: str,
        operation: Operation | None = None,
    ) -> Any:
        """Add an equation, unless it is there; gives a stand-in of its result, or a tuple of them for a list of layouts."""
        likes = like if type(like) is list else [like]
        key = (self._key(function), self._operands_key(function, args), self._key(tuple(words.items())))
        outputs = self._known.get(key)
        if outputs is None:
            outputs = tuple(range(len(self.types), len(self.types) + len(likes)))
            self.types += [(each.shape, each.dtype) for each in likes]
            equation = Equation(kind, function, args, words, outputs, label, kind == STEP, operation)
            self.equations.append(equation)
            self._known[key] = outputs
            self._makers.update(dict.fromkeys(outputs, equation))
        results = tuple([StandIn(self, number, each) for number, each in zip(outputs, likes)])
        return results if len(results) > 1 else results[0]

    def _operands_key(self, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        key = self._key(args)
        return (tuple, *sorted(key[1:], key=repr)) if function in (np.add, np.multiply) else key

    def _key(self, value: Any) -> Any:
        """A hashable value, equal for equal arguments."""
        if type(value) is slice:
            return ("slice", self._key((value.start, value.stop, value.step)))
        if type(value) in (list, tuple):
            return (type(value), *map(self._key, value))
        if type(value) in (Ref, str, np.dtype) or value is None:
            return value
        if type(value) in (int, float, bool):
            return type(value), repr(value)
        if isinstance(value, np.ndarray) and value.size <= 1:
            return value.shape, value.dtype, value.tobytes()
        self._kept.append(value)
        return id(value)

    def _dtype(self, function: Any, operands: Sequence[Any]) -> Any:
        key = (function, *[each.dtype if isinstance(each, (np.ndarray, np.generic)) else type(each) for each in operands])
        if key not in self._dtypes:
            self._dtypes[key] = np.asarray(function(*[probe(each) for each in operands])).dtype
        return self._dtypes[key]


def real_part(x: Any) -> Any:
    """The real parts in memory of their own."""
    return x.real.copy()


_REDUCTIONS: Final = dict(
    zip(("add", "multiply", "maximum", "minimum", "logical_or", "logical_and"), ("sum", "prod", "max", "min", "any", "all"))
)


def record(
    function: Callable[..., Any], types: Sequence[Type], names: Sequence[str], examples: Sequence[Any] | None = None
) -> tuple[Program, Any]:
    """The program of `function`, and what it gives, with Refs in the place of arrays.

    function  takes an array for each of `types`, and gives arrays, None, and lists, tuples and dicts of them
    Raises Unplannable, and what the function raises.
    """
    recording = Recording(types, examples)
    try:
        with tracing(), np.errstate(all="ignore"):
            result = function(*recording.inputs())
    except Untraceable as reason:
        raise Unplannable(reason.reason, reason.span) from reason
    outputs: list[Any] = [_argument(each) for each in leaves(result)]
    return Program(list(names), recording.types, recording.equations, outputs), result


def _taken_apart(function: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """A rule that takes the gradients of several outputs as OutputCotangents, as a function of these gradients themselves."""
    parts, *rest = args
    numbers = list(parts.given)

    def whole(*values: Any) -> Any:
        return function(OutputCotangents(parts.shape, parts.dtype, dict(zip(numbers, values))), *values[len(numbers) :])

    return whole, (*parts.given.values(), *rest)


def _without_batches(function: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Callable[..., Any], tuple[Any, ...]]:
    """A rule that takes batches, and gives one, as a function of the arrays that they hold."""
    batched = [isinstance(each, Batch) for each in args]

    def whole(*values: Any) -> Any:
        result = function(*[Batch(each) if is_batch else each for each, is_batch in zip(values, batched)])
        if not isinstance(result, Batch):
            raise Unbatched("a rule")
        return result.written_out()

    return whole, tuple([each.written_out() if isinstance(each, Batch) else each for each in args])


def mapped_words(words: dict[str, Any], change: Callable[[Any], Any]) -> dict[str, Any]:
    """Keyword arguments with each value changed."""
    return {name: mapped(value, change) for name, value in words.items()}


def _has_variables(values: Any) -> bool:
    return any([type(each) is StandIn and each.fill is None for each in leaves(values)])


def _argument(value: Operand) -> Any:
    """What stands for a value among an equation's arguments."""
    if type(value) is not StandIn:
        return value
    return Ref(value.number) if value.fill is None else _written_out(value)


def _number_of(value: Operand) -> Any:
    """A variable, the one number that an array is filled with, or another constant."""
    if type(value) is StandIn:
        return Ref(value.number) if value.fill is None else value.fill
    if isinstance(value, np.ndarray) and value.size > 1 and not any(value.strides):
        return value[(0,) * value.ndim].reshape(())
    return value


def _written_out(value: Operand) -> Any:
    """An array of constants as NumPy has it."""
    if type(value) is StandIn and value.fill is not None:
        return np.broadcast_to(value.fill, value.shape)
    return value


def _unchanged(ufunc: np.ufunc, operands: Sequence[Any], plain: list[Any]) -> Any:
    """The operand that a product with one, or a quotient by one, leaves as it is; None for anything else."""
    if ufunc is np.multiply and _is_one(plain[0]):
        return operands[1]
    return operands[0] if ufunc in (np.multiply, np.true_divide) and _is_one(plain[1]) else None


def _is_one(value: Any) -> bool:
    return type(value) is not Ref and np.ndim(value) == 0 and bool(value == 1)


def _like_of(value: Operand) -> Any:
    return value.like if type(value) is StandIn else value


def _example(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
    """An array to try rows with: numbers between 0.25 and 0.75, no two alike; zeros where it holds no floats."""
    if dtype.kind == "c":
        return _example(shape, np.dtype(np.float64)).astype(dtype) * (1 + 0.5j)
    if dtype.kind != "f":
        return np.zeros(shape, dtype)
    count = int(np.prod(shape))
    return (0.25 + 0.5 * (np.arange(1, count + 1) * 0.6180339887498949 % 1)).astype(dtype).reshape(shape)
