"""The straight way: a program as a Python function, one statement an equation, without a tape and without dictionaries.

Variables share local names as soon as one is dead.  A large result is written where a dead operand was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from gradcli.engine.plan.program import CALL, ELEMENTWISE, FUSED, REDUCTION, STEP, VIEW, Equation, Program, Ref
from gradcli.graph.types import Operand

REUSED: Final = 1 << 12  # elements: from here on a result takes over the memory of an operand
_SIGNS: Final[dict[Any, str]] = {np.add: "+", np.subtract: "-", np.multiply: "*", np.true_divide: "/"}
Straight = Callable[..., tuple[Any, ...]]


class Mismatch(Exception):
    """The shapes of a run are not those of the trace: what a result's shape depends on are values."""


def compiled(program: Program) -> Straight:
    """A function from the arrays of the inputs to the tuple of the outputs, each in memory of its own.

    It raises what the rows raise, and Mismatch; it keeps nothing between calls.
    """
    writer = _Writer(program)
    scope = writer.scope
    exec(compile(writer.source(), "<plan>", "exec"), scope)  # of our own making: no text of the user's is in it
    return scope["run"]  # type: ignore[no-any-return]


def checked(value: Operand, shape: tuple[int, ...]) -> Any:
    """An array of the shape that the trace found.  Raises Mismatch."""
    if np.shape(value) != shape:
        raise Mismatch(f"a result has shape {list(np.shape(value))}, and {list(shape)} when the plan was made")
    return value


class _Writer:
    """Writes the source of one program; `scope` holds the functions and constants that it names."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.scope: dict[str, Any] = {"asarray": np.asarray, "checked": checked}
        self._names: dict[int, str] = {number: f"v{number}" for number in range(program.inputs)}
        self._constants: dict[int, str] = {}
        self._free: list[str] = []
        self._count = program.inputs
        self._last = program.last_uses()
        self._own = _own_memory(program)
        self._fresh = fresh(program)

    def source(self) -> str:
        """The text of `def run(...)`."""
        lines = [f"def run({', '.join(self._names.values())}):"]
        for place, equation in enumerate(self.program.equations):
            lines.append(f"    {self._statement(place, equation)}")
        lines.append(f"    return ({''.join([f'{each}, ' for each in self._outputs()])})")
        return "\n".join(lines)

    def _statement(self, place: int, equation: Equation) -> str:
        sign = _SIGNS.get(equation.function) if self._is_of_numbers(equation) else None
        if sign is not None:
            return self._sum_of_numbers(place, equation, sign)
        function = self._constant(equation.function)
        lifts = not isinstance(equation.function, np.ufunc) and equation.kind != REDUCTION
        given = self._in_own_dtype(equation) if not lifts else equation.args
        args = [self._text(each, lifts) for each in given]
        args += [f"{name}={self._text(each, lifts)}" for name, each in equation.words.items()]
        dead = self._dead(place, equation)
        target = self._overwritten(equation, dead)
        if target is not None:
            args.append(self._names[target])
        self._release(dead)
        call = f"{function}({', '.join(args)})"
        if equation.guarded and len(equation.outputs) == 1:
            call = f"checked({call}, {self.program.types[equation.outputs[0]][0]})"
        return f"{', '.join([self._new(each) for each in equation.outputs])} = {call}"

    def _dead(self, place: int, equation: Equation) -> list[int]:
        """The operands that nothing reads any more."""
        return [each for each in dict.fromkeys(equation.inputs) if self._last[each] == place]

    def _release(self, dead: Sequence[int]) -> None:
        self._free += [self._names[each] for each in dead if each >= self.program.inputs]

    def _is_of_numbers(self, equation: Equation) -> bool:
        """Whether an equation has 0-d operands and numbers only: Python's operators are quicker than ufuncs on them."""
        types = [self.program.types[each.number] for each in equation.args if type(each) is Ref]
        return all([not shape and dtype.kind == "f" for shape, dtype in types]) and all(
            [type(each) in (Ref, int, float) or isinstance(each, np.ndarray) for each in equation.args]
        )

    def _sum_of_numbers(self, place: int, equation: Equation, sign: str) -> str:
        """An equation between 0-d arrays, by Python's operator."""
        x, y = [self._constant(each[()]) if isinstance(each, np.ndarray) else self._text(each, False) for each in equation.args]
        self._release(self._dead(place, equation))
        return f"{self._new(equation.outputs[0])} = {x} {sign} {y}"

    def _in_own_dtype(self, equation: Equation) -> tuple[Any, ...]:
        """The operands of a ufunc with numbers as 0-d arrays of the dtype that it takes them in, which is quicker."""
        ufunc: Any = equation.function
        if equation.kind != ELEMENTWISE or not any([type(each) in (int, float) for each in equation.args]):
            return equation.args
        kinds = [self._dtype_of(each) for each in equation.args]
        try:
            loop = ufunc.resolve_dtypes((*kinds, None))
            return tuple(
                [np.asarray(each, to) if type(each) in (int, float) else each for each, to in zip(equation.args, loop)]
            )
        except (TypeError, OverflowError):
            return equation.args

    def _dtype_of(self, value: object) -> Any:
        if type(value) is Ref:
            return self.program.types[value.number][1]
        return value.dtype if isinstance(value, (np.ndarray, np.generic)) else type(value)

    def _overwritten(self, equation: Equation, dead: Sequence[int]) -> int | None:
        """A dead operand of the result's own type, in whose memory the result may be written."""
        if equation.kind != ELEMENTWISE or not isinstance(equation.function, np.ufunc):
            return None
        wanted = self.program.types[equation.outputs[0]]
        if np.prod(wanted[0]) < REUSED:
            return None
        return next((each for each in dead if each in self._own and self.program.types[each] == wanted), None)

    def _new(self, number: int) -> str:
        name = self._free.pop() if self._free else f"v{self._count}"
        self._count += name == f"v{self._count}"
        self._names[number] = name
        if number not in self._last:  # one of several results, which nobody reads
            self._free.append(name)
        return name

    def _outputs(self) -> list[str]:
        seen: set[int] = set()
        texts = []
        for each in self.program.outputs:
            if type(each) is not Ref:
                array = isinstance(each, (np.ndarray, np.generic))
                texts.append(f"{self._constant(np.array(each))}.copy()" if array else self._text(each, False))
                continue
            text = self._names[each.number]
            own = each.number in self._fresh and each.number not in seen
            texts.append(f"asarray({text})" if own else f"asarray({text}).copy()")
            seen.add(each.number)
        return texts

    def _text(self, value: object, lifts: bool) -> str:
        """An argument; `lifts` makes 0-d arrays of the numbers that NumPy's reductions give, for what asks for arrays."""
        if type(value) is Ref:
            name = self._names[value.number]
            is_number = lifts and not self.program.types[value.number][0] and value.number >= self.program.inputs
            return f"asarray({name})" if is_number else name
        if type(value) is slice:
            return f"slice({', '.join([self._text(each, lifts) for each in (value.start, value.stop, value.step)])})"
        if type(value) is tuple:
            return f"({''.join([self._text(each, lifts) + ', ' for each in value])})"
        if type(value) is list:
            return f"[{', '.join([self._text(each, lifts) for each in value])}]"
        if value is None or value is Ellipsis or type(value) in (int, bool, str):
            return repr(value)
        return self._constant(value)

    def _constant(self, value: object) -> str:
        if id(value) not in self._constants:
            self._constants[id(value)] = name = f"c{len(self._constants)}"
            self.scope[name] = value
        return self._constants[id(value)]


def _own_memory(program: Program) -> set[int]:
    """The variables whose memory nothing else looks into, and which no output is."""
    own = {each.outputs[0] for each in program.equations if _makes_memory(each)}
    shared = {number for each in program.equations if each.kind in (VIEW, STEP, CALL, FUSED) for number in each.inputs}
    return own - shared - {each.number for each in program.outputs if type(each) is Ref}


def fresh(program: Program) -> set[int]:
    """The variables that are new arrays, and not the operand itself or a view of it."""
    return {
        number
        for each in program.equations
        if _makes_memory(each) or each.kind == FUSED or each.function is np.matmul
        for number in each.outputs
    }


def _makes_memory(equation: Equation) -> bool:
    return equation.kind == REDUCTION or (equation.kind == ELEMENTWISE and isinstance(equation.function, np.ufunc))
