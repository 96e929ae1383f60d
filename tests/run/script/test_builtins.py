"""The names of scripts do what Python's own do; what they add is limits, tensors and refusals."""

from __future__ import annotations

import builtins
import sys
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import gradcli.ops.families  # noqa: F401  (enters the operations into the table)
from gradcli.errors import Problem
from gradcli.graph import memory
from gradcli.graph.tensor import Tensor
from gradcli.ops.properties import Size
from gradcli.run.limits import Limits
from gradcli.run.script import attributes, context
from gradcli.run.script.builtins import (
    NAMES,
    guarded_add,
    guarded_multiply,
    guarded_power,
    guarded_shift,
    modulo,
    undefined,
)
from gradcli.run.script.guards import bounded, contains
from tests.run.script.outcomes import outcome


def script(text: str, **names: Any) -> Any:
    """The value of a Python expression in which the names are those of scripts."""
    return eval(text, {"__builtins__": {}, **NAMES, **names})


def tensor(values: Any, dtype: str = "float32", requires_grad: bool = False) -> Tensor:
    return Tensor(np.asarray(values, dtype), requires_grad)


@pytest.fixture
def small() -> Iterator[None]:
    """A limit of 100 MB."""
    before = memory.limit()
    memory.set_limit(100_000_000)
    yield
    memory.set_limit(before)


class Captured:
    """The output of a run."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.error: list[str] = []


@pytest.fixture
def run() -> Iterator[Captured]:
    captured = Captured()
    context.enter(context.Context("script.py", captured.out.append, captured.error.append, print))
    yield captured
    context.leave()


# --- as in Python ---------------------------------------------------------------------------------------------------

SAME = """
len([1, 2])
len(5)
list(range(5))
list(range(2, 20, 3))
list(range(5, 0, -2))
range(10**12)
range(10**12)[-1]
len(range(10**30))
range('a')
range()
list('abc')
list()
list(5)
tuple([1, 2])
tuple('ab')
set([1, 1, 2])
frozenset((1, 2))
set()
set([[]])
dict()
dict([(1, 2)], a=3)
dict(zip('ab', range(2)))
dict([1])
list(enumerate('ab'))
list(enumerate('ab', 1))
list(enumerate('ab', start=5))
enumerate(5)
list(zip([1, 2, 3], 'ab'))
list(zip([1, 2, 3], 'ab', strict=True))
list(zip([1, 2], 'ab', strict=True))
list(zip())
list(map(abs, [-1, 2]))
list(map(lambda x, y: x * y, [1, 2], [3, 4]))
list(map(int, '123'))
list(map(str, [1, 2.5]))
list(map(lambda: 0))
map()
list(filter(None, [0, 1, 2]))
list(filter(lambda x: x > 1, [0, 1, 2]))
sorted([3, 1, 2])
sorted([3, 1, 2], reverse=True)
sorted('bca', key=lambda c: -ord(c))
sorted([1, 'a'])
sorted(5)
list(reversed([1, 2]))
list(reversed(range(3)))
reversed(5)
sum([1, 2.5])
sum([1, 2], 10)
sum([[1], [2]], [])
sum([1, 2], start=3)
sum(['a'])
sum(['a'], '')
sum(x * x for x in range(5))
min(3, 1, 2)
min([3, 1, 2])
min([])
min([], default=7)
min([3, -4], key=abs)
max(range(5))
max('a', 'b')
max(1)
max(1, 'a')
abs(-2.5)
abs('a')
round(2.5)
round(3.14159, 2)
round(1234, -2)
round(number=2.6)
round('a')
int('12')
int(' -3 ')
int('ff', 16)
int('z')
int(2.9)
int()
int('5', base=7)
int(float('inf'))
int([])
float('1e3')
float('nan')
float('x')
float()
float([])
complex(1, 2)
str(1.0)
str()
str([1, 'a'])
str(None)
bool([])
bool('x')
bool()
any([0, 1])
any([])
all([1, 0])
all(x for x in [1, 2])
isinstance(1, int)
isinstance(True, int)
isinstance(1, float)
isinstance(1, (float, int))
isinstance('a', (float, (int, str)))
isinstance(1, 5)
isinstance(1, (int, 5))
isinstance(1, int | float)
isinstance(None, int | None)
isinstance(ValueError(), Exception)
isinstance([], object)
isinstance(int, type)
isinstance(1, type)
isinstance(lambda: 0, type(lambda: 1))
issubclass(bool, int)
issubclass(int, (str, object))
issubclass(KeyError, LookupError)
issubclass(int, str)
issubclass(5, int)
issubclass(int, 5)
type(1)
type('a')
type(1.0)
type(None)
type([])
type(())
type({})
type({1})
type(True)
type(range(3))
type(lambda: 0)
type(len)
type(print)
type(type(1))
type(int)
type(ValueError())
type(ValueError)
type(zip())
type(map(abs, []))
type(map(abs, [])) is map
isinstance(zip(), zip)
type(enumerate([]))
type(iter([]))
type(x for x in [])
type(1) == int
type(1) is type(2)
type([]) == list
type(1) == float
type(True) in (int, float)
type(1)('5')
type(iter([]))()
type()
print
len
sorted
int
list
type
object
repr('a')
repr([1, 'b'])
ascii('\\xe9')
callable(len)
callable(int)
callable(5)
callable(lambda: 0)
list(iter([1, 2]))
next(iter([1, 2]))
next(iter([]), 'none')
next(iter([]))
next([])
iter(5)
list(iter(lambda: 1, 1))
divmod(7, 2)
divmod(-7, 2.0)
divmod(1, 0)
pow(2, 10)
pow(2, -1)
pow(3, 4, 5)
pow(2.0, 0.5)
pow(0, -1)
pow(-8, 1 / 3)
pow(base=2, exp=3)
format(3.14159, '.2f')
format(5, 'x')
format('a', '>3')
format(5)
format(5, 'q')
format([], '5')
format(1, 2)
hash(5) == hash(5.0)
hash([])
ord('a')
ord('ab')
chr(97)
chr(-1)
bin(10)
hex(255)
oct(8)
bin(1.5)
slice(1, 5)
slice(3)
slice()
getattr(5, 'real')
getattr('a', 'x', 'none')
getattr('a', 'x')
getattr(5, 5)
hasattr('a', 'upper')
hasattr('a', 'upperr')
hasattr('a', 5)
setattr('a', 5, 1)
property()
isinstance(property(), property)
NotImplemented
Ellipsis
...
ValueError('a', 1)
KeyError('k')
OSError is IOError
StopIteration(5).value
'%d %s' % (5, 'a')
""".strip().splitlines()


@pytest.mark.parametrize("text", SAME)
def test_as_python_does_it(text: str) -> None:
    own, pythons = outcome(script, text), outcome(eval, text)
    kinds = {"Kind": "type", "Builtin": "builtin_function_or_method"}
    own = (own[0], kinds.get(own[1], own[1]), own[2])
    assert without_address(own) == without_address(pythons)


def without_address(result: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each.partition(" at 0x")[0] for each in result)


def test_every_exception_of_scripts_is_pythons_own() -> None:
    kinds = {name: value for name, value in NAMES.items() if isinstance(value, type)}
    assert all(value is getattr(builtins, name) for name, value in kinds.items())
    assert all(issubclass(value, BaseException) for value in kinds.values())
    named = """Exception ValueError RuntimeError TypeError KeyError IndexError AttributeError ZeroDivisionError
               AssertionError StopIteration NotImplementedError ArithmeticError OverflowError NameError LookupError
               OSError Warning UserWarning KeyboardInterrupt RecursionError ImportError SystemExit"""
    assert set(named.split()) <= set(kinds)


def test_a_script_is_the_main_program() -> None:
    assert script("__name__") == "__main__"


# --- output ---------------------------------------------------------------------------------------------------------


class File:
    """Any object with a method to write."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    @property
    def write(self) -> Any:
        return self.texts.append


PRINTED = [
    ((1, "a", None, [2.0]), {}),
    ((), {}),
    ((1, 2), {"sep": ", "}),
    ((1, 2), {"sep": None, "end": None}),
    ((1,), {"end": ""}),
    ((1, 2), {"sep": "", "end": "!", "flush": True}),
]


@pytest.mark.parametrize(("values", "options"), PRINTED)
def test_print_writes_what_python_writes(run: Captured, capsys: Any, values: Any, options: Any) -> None:
    print(*values, **options)
    NAMES["print"](*values, **options)
    assert "".join(run.out) == capsys.readouterr().out
    assert run.error == []


@pytest.mark.parametrize("options", [{"sep": 1}, {"end": 5}, {"other": 1}])
def test_print_refuses_what_python_refuses(run: Captured, options: Any) -> None:
    own, pythons = outcome(NAMES["print"], 1, **options), outcome(print, 1, **options)
    assert own[:2] == pythons[:2]
    assert run.out == []


def test_print_writes_to_whatever_can_write(run: Captured) -> None:
    made = attributes.make_class("File", (), {"texts": [], "write": lambda self, text: self.texts.append(text)})()
    NAMES["print"](1, 2, file=made)
    assert made.texts == ["1 2\n"]
    assert outcome(NAMES["print"], 1, file=3)[:2] == ("error", "AttributeError")
    assert run.out == []


def test_text_with_methods_of_its_own_prints_as_plain_text(run: Captured) -> None:
    kind = attributes.make_class("Text", (NAMES["str"],), {"join": lambda *_: 5, "__radd__": lambda *_: 6})
    NAMES["print"](kind("a"), kind("b"), sep=kind("-"), end=kind("."))
    assert run.out == ["a-b."]
    assert type(run.out[0]) is str


# --- tensors --------------------------------------------------------------------------------------------------------


def test_a_tensor_of_one_element_is_a_number_where_python_takes_one() -> None:
    assert script("int(t), float(t), bool(t), complex(t)", t=tensor([2.5])) == (2, 2.5, True, 2.5 + 0j)
    assert script("list(range(n)), bin(n), chr(n)", n=tensor(3, "int64")) == ([0, 1, 2], "0b11", "\x03")
    assert script("float(t)", t=tensor(0.1)) == float(np.float32(0.1))


@pytest.mark.parametrize("text", ["int(t)", "float(t)"])
def test_several_elements_are_no_number(text: str) -> None:
    expected = ("error", "ValueError", "only one element tensors can be converted to Python scalars")
    assert outcome(script, text, t=tensor([1.0, 2.0])) == expected


@pytest.mark.parametrize("value", [tensor(2.0), tensor([1, 2], "int64")])
def test_an_index_is_one_whole_number(value: Tensor) -> None:
    expected = ("error", "TypeError", "only integer tensors of a single element can be converted to an index")
    assert outcome(script, "range(t)", t=value) == expected


def test_converting_what_requires_grad_warns_once(run: Captured) -> None:
    script("float(t) + float(t)", t=tensor(2.0, requires_grad=True))
    script("int(t)", t=tensor(2.0, requires_grad=True))
    assert [text.partition(": ")[2].partition(".")[0] for text in run.error] == [
        "UserWarning: Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior"
    ]


def test_a_tensor_is_iterated_by_rows() -> None:
    x = tensor([[1.0, 2.0], [3.0, 4.0]])
    assert [row.array.tolist() for row in script("list(x)", x=x)] == [[1.0, 2.0], [3.0, 4.0]]
    assert [(i, row.array.tolist()) for i, row in script("list(enumerate(x))", x=x)] == [
        (0, [1.0, 2.0]),
        (1, [3.0, 4.0]),
    ]
    v = tensor([3.0, 1.0, 2.0])
    assert script("max(v)", v=v).array.item() == 3.0
    assert script("sum(v)", v=v).array.item() == 6.0
    assert [each.array.item() for each in script("sorted(v)", v=v)] == [1.0, 2.0, 3.0]
    assert [each.array.item() for each in script("list(reversed(v))", v=v)] == [2.0, 1.0, 3.0]
    assert [each.array.item() for each in script("next(zip(v, v))", v=v)] == [3.0, 3.0]
    assert outcome(script, "list(t)", t=tensor(1.0)) == ("error", "TypeError", "iteration over a 0-d tensor")


def test_the_type_of_a_tensor_is_pytorchs() -> None:
    from gradcli.run.script.constructors import TENSOR
    from gradcli.run.script.dtypes import DTYPES

    assert repr(script("type(t)", t=tensor(1.0))) == "<class 'torch.Tensor'>"
    assert repr(script("type(s)", s=Size((2,)))) == "<class 'torch.Size'>"
    assert repr(script("type(d)", d=DTYPES["float32"])) == "<class 'torch.dtype'>"
    product = tensor(2.0, requires_grad=True) * 3
    assert repr(script("type(f)", f=product.node)) == "<class 'MulBackward0'>"
    assert script("type(f) is type(f), isinstance(f, type(f))", f=product.node) == (True, True)
    assert attributes.read(script("type(f)", f=product.node), "__name__") == "MulBackward0"
    text = "type(t) is T, isinstance(t, T), isinstance(1, T), isinstance(1, (int, T))"
    assert script(text, t=tensor(1.0), T=TENSOR) == (True, True, False, True)


# --- limits ---------------------------------------------------------------------------------------------------------

TOO_MUCH = """
list(range(10**10))
tuple(range(10**10))
set(range(10**10))
sorted(range(10**10))
list(map(abs, range(10**10)))
list(zip(range(10**10)))
dict(zip(range(10**10), range(10**10)))
round(5, -10**9)
pow(10, 10**10)
pow(3, 10**5000, 10**5000)
""".strip().splitlines()


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("text", TOO_MUCH)
def test_what_does_not_fit_is_refused_soon(text: str) -> None:
    start = time.process_time()
    with pytest.raises(Problem) as refused:
        script(text)
    assert refused.value.code == "limit"
    assert time.process_time() - start < 5


OPERATORS = {"mul": guarded_multiply, "add": guarded_add, "power": guarded_power, "shift": guarded_shift, "mod": modulo}
GROWING = """
mul('a', 10**12)
mul(10**12, 'a')
mul([0], 10**12)
mul((1, 2), 10**9)
mul(3**40000, 3**40000)
add('a' * 60000000, 'a' * 60000000)
power(10, 10**10)
power(10**10, 10**10)
power(-7, 10**18)
shift(1, 10**12)
shift(True, 10**12)
mod('%10000000000d', 1)
mod('%*d', (10**10, 1))
mod('%.*f', (10**10, 1.0))
""".strip().splitlines()


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("text", GROWING)
def test_operators_refuse_what_does_not_fit(text: str) -> None:
    with pytest.raises(Problem) as refused:
        script(text, **OPERATORS)
    assert refused.value.code == "limit"


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("function", "plain"),
    [
        (guarded_multiply, lambda x, y: x * y),
        (guarded_add, lambda x, y: x + y),
        (guarded_power, lambda x, y: x**y),
        (guarded_shift, lambda x, y: x << y),
        (modulo, lambda x, y: x % y),
    ],
)
def test_operators_are_pythons_below_the_limits(function: Any, plain: Any) -> None:
    values = [0, 1, -3, 7, 2.5, -0.0, True, "ab", "%s", [1, 2], (3,), None, 1j, {1: 2}, 10.0**200]
    for x in values:
        for y in values:
            assert outcome(function, x, y) == outcome(plain, x, y), (x, y)


def test_numbers_and_lists_of_the_scripts_own_classes_are_measured(small: None) -> None:
    lying = attributes.make_class("Liar", (NAMES["list"],), {"__len__": lambda self: 0})
    with pytest.raises(Problem, match="would need"):
        guarded_multiply(lying([0]), 10**12)


def test_operators_of_the_scripts_own_classes_are_called() -> None:
    kind = attributes.make_class(
        "Value", (), {"__mul__": lambda self, other: ("mul", other), "__rpow__": lambda self, other: other}
    )
    assert guarded_multiply(kind(), 10**12) == ("mul", 10**12)
    assert guarded_power(5, kind()) == 5


FOREVER = """
sum(range(10**12))
max(range(10**12))
any(map(bool, map(abs, zero)))
all(range(1, 10**12))
set(zip(zero))
min(zip(range(10**12)))
""".strip().splitlines()


class Zeros:
    """Zeros without end, produced by C alone."""

    def __iter__(self) -> Any:
        from itertools import repeat

        return repeat(0)


@pytest.mark.parametrize("text", FOREVER)
def test_the_limit_on_time_reaches_built_in_loops(text: str) -> None:
    start = time.process_time()
    with pytest.raises(Problem, match="limit on time"), Limits(max_time=0.1).enforce():
        script(text, zero=Zeros())
    assert time.process_time() - start < 0.9  # before the watchdog would end the process


def test_a_search_listens() -> None:
    with pytest.raises(Problem, match="limit on time"), Limits(max_time=0.1).enforce():
        contains(range(10**12), 0.5)
    with pytest.raises(Problem, match="limit on time"), Limits(max_time=0.1).enforce():
        contains(iter(range(10**12)), -1)
    assert contains(range(10**12), 10**11)
    assert contains(iter([1, 2]), 2)
    assert not contains([1, 2], 3)


def test_what_is_only_being_produced_is_gathered(small: None) -> None:
    kept = [1, 2]
    assert bounded(kept) is kept
    assert bounded(iter(kept)) == kept
    with pytest.raises(Problem, match="would need"):
        bounded(range(10**10))


@pytest.mark.parametrize("wrap", ["map(abs, x)", "filter(None, x)", "zip(x)", "enumerate(x)"])
def test_layers_upon_layers_end_in_an_error_and_not_in_a_crash(wrap: str) -> None:
    def pile_up() -> None:
        x: Any = iter([1])
        for _ in range(100_000):
            x = script(wrap, x=x)

    with pytest.raises(RecursionError):
        pile_up()


# --- refused --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "open",
        "eval",
        "exec",
        "compile",
        "__import__",
        "globals",
        "locals",
        "vars",
        "dir",
        "breakpoint",
        "memoryview",
        "__builtins__",
    ],
)
def test_what_reaches_out_is_no_name_of_scripts(name: str) -> None:
    assert name not in NAMES
    problem = undefined(name)
    assert (problem.type, problem.message.partition(":")[0]) == ("NameError", f"name '{name}' is not defined")
    assert problem.message.partition(": ")[2].startswith("scripts ")
    assert problem.hint


def test_a_misspelt_name_gets_a_suggestion() -> None:
    assert undefined("pritn").hint == "did you mean 'print'?"
    assert undefined("wieght", ["weight", "loss"]).hint == "did you mean 'weight'?"
    assert undefined("zzz").message == "name 'zzz' is not defined"


def test_input_has_nothing_to_read() -> None:
    assert outcome(NAMES["input"], "name? ") == ("error", "EOFError", "EOF when reading a line")


def test_type_makes_no_classes() -> None:
    assert outcome(NAMES["type"], "X", (), {})[:2] == ("error", "TypeError")


def test_exit_ends_the_script() -> None:
    with pytest.raises(SystemExit) as end:
        NAMES["exit"](3)
    assert end.value.code == 3


def test_nothing_among_the_names_is_a_type_of_the_host() -> None:
    hosts = [value for value in NAMES.values() if isinstance(value, type) and not issubclass(value, BaseException)]
    assert hosts == []
    assert not any(value is sys or isinstance(value, type(sys)) for value in NAMES.values())
