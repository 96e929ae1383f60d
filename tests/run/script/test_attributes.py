"""What stands behind a dot: all that scripts use, in Python's words, and no way into the interpreter."""

from __future__ import annotations

import copy
import math
import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import gradcli.ops.families  # noqa: F401  (enters the operations into the table)
from gradcli.errors import Problem
from gradcli.graph import memory
from gradcli.graph.tensor import Tensor
from gradcli.ops.properties import Size
from gradcli.run.script import attributes, context
from gradcli.run.script.attributes import delete, has, make_class, names, read, write
from gradcli.run.script.builtins import NAMES
from gradcli.run.script.classes import Kind
from gradcli.run.script.formatting import format_method, formatted, percent
from gradcli.run.script.frames import Frame
from gradcli.run.script.functions import Function, Parameters
from tests.run.script.outcomes import outcome


def function(call: Any, name: str = "f", doc: str | None = None, *parameters: str) -> Function:
    """A function as a script defines it, whose body is `call` of the names of its frame."""
    from gradcli.run.script.frames import Signal

    run = context.Context("script.py", print, print, print)
    frame = Frame({}, {}, run)
    taken = Parameters(parameters, 0, (), None, None, {})
    return Function(name, taken, lambda inner: Signal(call(**inner.names)), frame, doc)


# --- Python's values ------------------------------------------------------------------------------------------------

METHODS: list[tuple[Any, str, tuple[Any, ...]]] = [
    *[("Hello wörld", name, ()) for name in (
        "capitalize", "casefold", "isalnum", "isalpha", "isascii", "isdecimal", "isdigit", "isidentifier", "islower",
        "isnumeric", "isprintable", "isspace", "istitle", "isupper", "lower", "lstrip", "rstrip", "split", "splitlines",
        "strip", "swapcase", "title", "upper", "expandtabs")],
    ("abcabc", "replace", ("b", "xx")), ("abcabc", "replace", ("b", "xx", 1)), ("abc", "replace", ("", "-")),
    ("abc", "replace", ("b", 5)), ("abc", "center", (9,)), ("abc", "center", (9, "*")), ("abc", "ljust", (6,)),
    ("abc", "rjust", (6, ".")), ("-5", "zfill", (5,)), ("abc", "zfill", ("a",)), ("a\tb", "expandtabs", (4,)),
    (", ", "join", (["a", "b"],)), ("", "join", ("abc",)), ("-", "join", ([],)), ("-", "join", ([1],)),
    ("-", "join", (5,)),
    ("a,b,c", "split", (",",)), ("a,b,c", "split", (",", 1)), ("a,b,c", "rsplit", (",", 1)), ("abc", "find", ("c",)),
    ("abc", "index", ("z",)), ("abcb", "rfind", ("b",)), ("abcb", "count", ("b",)), ("abc", "startswith", ("ab",)),
    ("abc", "endswith", (("x", "c"),)), ("abc", "partition", ("b",)), ("abc", "rpartition", ("b",)),
    ("abc", "removeprefix", ("a",)), ("abc", "removesuffix", ("c",)), ("abc", "translate", ({97: "xyz", 98: None},)),
    ("abc", "maketrans", ("ab", "cd")), ("{} {a}", "format", (1,)), ("{0.real} {1[0]}", "format", (5, [6])),
    ("{a}", "format_map", ({"a": 1},)), ("{a}", "format_map", ({},)),
    (5, "bit_length", ()), (5, "bit_count", ()), (5, "conjugate", ()), (5, "as_integer_ratio", ()),
    (2.5, "is_integer", ()), (2.5, "hex", ()), (2.5, "as_integer_ratio", ()), (2.5, "conjugate", ()),
    (2.5, "fromhex", ("0x1p-1",)),
    (1 + 2j, "conjugate", ()), (True, "bit_length", ()),
    ([1, 2], "append", (3,)), ([1, 2], "extend", ([3, 4],)), ([1, 2], "extend", (range(2),)), ([1], "extend", (5,)),
    ([1, 2], "insert", (0, 5)), ([1, 2], "pop", ()), ([1, 2], "pop", (0,)), ([], "pop", ()), ([1, 2], "remove", (1,)),
    ([1, 2], "remove", (9,)), ([1, 2], "reverse", ()), ([2, 1], "sort", ()), ([1, 2], "index", (2,)),
    ([1, 2], "index", (5,)),
    ([1, 1], "count", (1,)), ([1], "copy", ()), ([1], "clear", ()), ([1], "__len__", ()), ([1], "__getitem__", (0,)),
    ((1, 2), "index", (2,)), ((1, 2), "count", (2,)),
    ({"a": 1}, "get", ("a",)), ({"a": 1}, "get", ("b", 2)), ({"a": 1}, "keys", ()), ({"a": 1}, "values", ()),
    ({"a": 1}, "items", ()),
    ({"a": 1}, "pop", ("a",)), ({"a": 1}, "pop", ("b",)), ({"a": 1}, "setdefault", ("b", 2)),
    ({"a": 1}, "update", ({"c": 3},)),
    ({"a": 1}, "update", ([("d", 4)],)), ({"a": 1}, "update", (5,)), ({"a": 1}, "popitem", ()), ({"a": 1}, "clear", ()),
    ({"a": 1}, "copy", ()), ({"a": 1}, "fromkeys", ("xy", 0)), ({"a": 1}.keys(), "isdisjoint", ("b",)),
    ({1, 2}, "add", (3,)), ({1, 2}, "discard", (2,)), ({1}, "remove", (2,)), ({1, 2}, "union", ([3], range(2))),
    ({1, 2}, "update", ([3],)),
    ({1, 2}, "intersection", ([2],)), ({1, 2}, "difference", ([2],)), ({1, 2}, "symmetric_difference", ([2],)),
    ({1, 2}, "issubset", ([1, 2, 3],)), ({1, 2}, "issuperset", ([1],)), ({1}, "isdisjoint", ([2],)), ({1}, "pop", ()),
    (frozenset({1}), "union", ({2},)), (frozenset({1}), "copy", ()),
    (range(2, 10, 3), "index", (5,)), (range(2, 10, 3), "index", (6,)), (range(9), "index", (5.0,)),
    (range(9), "index", (5.5,)),
    (range(9), "count", (3,)), (range(9), "count", (3.0,)), (slice(1, 9, 2), "indices", (5,)),
    (Size((2, 3)), "count", (2,)),
]  # fmt: skip
DATA = [(5, "real"), (5, "imag"), (5, "numerator"), (5, "denominator"), (2.5, "real"), (1 + 2j, "imag"),
(range(1, 9, 2), "start"),
        (range(1, 9, 2), "step"), (slice(1, 5), "stop"), (ValueError("a", 1), "args"), (StopIteration(5), "value"),
        (KeyError("k"), "args"), (OSError(2, "no"), "errno"), (SystemExit(3), "code"), (len, "__name__"),
        (len, "__doc__"),
        ([].append, "__name__"), (5, "__doc__")]  # fmt: skip


@pytest.mark.parametrize(("value", "name", "args"), METHODS)
def test_methods_are_pythons(value: Any, name: str, args: tuple[Any, ...]) -> None:
    own = value if isinstance(value, type({}.keys())) else copy.deepcopy(value)
    pythons = value if isinstance(value, type({}.keys())) else copy.deepcopy(value)
    got, expected = outcome(lambda: read(own, name)(*args)), outcome(lambda: getattr(pythons, name)(*args))
    words = 2 if (name, args) == ("replace", ("b", 5)) else 3
    assert (got[:words], own) == (expected[:words], pythons)


@pytest.mark.parametrize(("value", "name"), DATA)
def test_attributes_are_pythons(value: Any, name: str) -> None:
    assert read(value, name) == getattr(value, name)


@pytest.mark.parametrize("name", ["upper", "join", "split", "format", "replace"])
def test_a_method_of_a_type_is_a_function_of_its_values(name: str) -> None:
    args = {"upper": (), "join": ("xyz",), "split": (), "format": (), "replace": ("a", "b")}[name]
    assert read(NAMES["str"], name)("abc", *args) == getattr(str, name)("abc", *args)
    assert outcome(lambda: read(NAMES["str"], name)(5, *args))[:2] == ("error", "TypeError")


def test_what_types_know_of_themselves() -> None:
    assert read(NAMES["int"], "__name__") == "int"
    assert read(NAMES["dict"], "fromkeys")("ab") == {"a": None, "b": None}
    assert read(NAMES["str"], "maketrans")("a", "b") == {97: 98}
    assert read(NAMES["float"], "fromhex")("0x1p1") == 2.0
    assert read(ValueError, "__name__") == "ValueError"
    assert read(read(ValueError("x"), "__class__"), "__name__") == "ValueError"
    assert read(read(5, "__class__"), "__name__") == "int"
    assert read(read(Tensor(np.zeros(2)), "__class__"), "__name__") == "Tensor"
    assert read(NAMES["print"], "__name__") == "print"


def test_generators_give_their_methods() -> None:
    def numbers() -> Any:
        got = yield 1
        yield got

    made = numbers()
    assert read(made, "__next__")() == 1
    assert read(made, "send")(7) == 7
    assert read(made, "close")() is None


MISSING = [(5, "x"), ("a", "uper"), ([], "push"), (None, "zero_"), (NAMES["list"], "push"), (ValueError, "x"),
(ValueError(), "message"),
           ((1,), "append"), (len, "x"), (range(3), "length"), ({}, "has_key")]  # fmt: skip


@pytest.mark.parametrize(("value", "name"), MISSING)
def test_what_is_missing_is_missing_in_pythons_words(value: Any, name: str) -> None:
    host = list if value is NAMES["list"] else value
    assert outcome(read, value, name) == outcome(getattr, host, name)
    assert not has(value, name)


@pytest.mark.parametrize(
    ("value", "name", "hint"),
    [
        ("a", "uper", "did you mean 'upper'?"),
        ([], "apend", "did you mean 'append'?"),
        (None, "zero_", "the value is None; x.grad is, until backward() has reached the leaf x"),
        (NAMES["str"], "uper", "did you mean 'upper'?"),
        (5, "to_bytes", "Python has to_bytes here, and gradcli's scripts do not"),
        (5, "__reduce__", "a script sees nothing of the interpreter"),
    ],
)
def test_what_is_missing_gets_a_hint(value: Any, name: str, hint: str) -> None:
    with pytest.raises(Problem) as missing:
        read(value, name)
    assert missing.value.hint == hint


@pytest.mark.parametrize(
    ("value", "name"), [([], "x"), ([], "append"), (5, "real"), ("a", "upper"), (None, "x"), (len, "x"), (int, "x")]
)
def test_values_of_python_take_no_attributes(value: Any, name: str) -> None:
    own = NAMES["int"] if value is int else value
    got, expected = outcome(write, own, name, 1), outcome(setattr, value, name, 1)
    assert got[0] == "error"
    if sys.version_info < (3, 13):  # whose words they are
        assert got[2] == expected[2] or "read-only" in got[2]
    assert outcome(delete, own, name)[0] == "error"


# --- classes of the script ------------------------------------------------------------------------------------------


def counter(made: Any = make_class) -> Any:
    """A class as `class Counter:` makes it, by gradcli or by Python itself."""
    namespace = {
        "total": 0,
        "__init__": lambda self, start: setattr(self, "value", start),
        "__repr__": lambda self: f"Counter({self.value})",
        "__add__": lambda self, other: self.value + other,
        "add": lambda self, n: self.value + n,
        "double": property(lambda self: 2 * self.value),
        "make": classmethod(lambda cls, n: cls(n)),
        "zero": staticmethod(lambda: 0),
        "__doc__": "Counts.",
    }
    return made("Counter", (), namespace) if made is make_class else type("Counter", (), namespace)


USES = [
    lambda get, put, drop, cls: get(cls(3), "value"),
    lambda get, put, drop, cls: get(cls(3), "add")(4),
    lambda get, put, drop, cls: get(cls, "add")(cls(1), 4),
    lambda get, put, drop, cls: get(cls(3), "double"),
    lambda get, put, drop, cls: get(get(cls, "make")(5), "value"),
    lambda get, put, drop, cls: get(get(cls(1), "make")(5), "value"),
    lambda get, put, drop, cls: get(cls, "zero")(),
    lambda get, put, drop, cls: get(cls(1), "total"),
    lambda get, put, drop, cls: get(cls, "total"),
    lambda get, put, drop, cls: get(cls, "__name__"),
    lambda get, put, drop, cls: get(cls, "__doc__"),
    lambda get, put, drop, cls: get(cls(1), "__doc__"),
    lambda get, put, drop, cls: get(get(cls(1), "__class__"), "__name__"),
    lambda get, put, drop, cls: get(cls(1), "__class__") is cls,
    lambda get, put, drop, cls: get(cls(1), "__dict__"),
    lambda get, put, drop, cls: get(cls(1), "__repr__")(),
    lambda get, put, drop, cls: get(cls(1), "__add__")(2),
    lambda get, put, drop, cls: get(cls(1), "valu"),
    lambda get, put, drop, cls: get(cls, "valu"),
    lambda get, put, drop, cls: get(cls(1), "__len__"),
    lambda get, put, drop, cls: put(cls(1), "double", 5),
    lambda get, put, drop, cls: drop(cls(1), "nothing"),
    lambda get, put, drop, cls: drop(cls, "nothing"),
]


@pytest.mark.parametrize("use", USES)
def test_classes_are_pythons(use: Any) -> None:
    own = outcome(use, read, write, delete, counter())
    expected = outcome(use, getattr, setattr, delattr, counter(type))
    assert own == expected


def test_instances_and_classes_are_written() -> None:
    cls = counter()
    one = cls(1)
    write(one, "value", 5)
    write(one, "extra", [1])
    write(cls, "total", 7)
    write(cls, "__mul__", lambda self, other: (self.value, other))
    assert (read(one, "value"), read(one, "extra"), read(one, "total"), one * 3) == (5, [1], 7, (5, 3))
    delete(one, "extra")
    delete(cls, "total")
    assert not has(one, "extra")
    assert not has(cls, "total")
    read(one, "__dict__").update({"late": 9})
    assert read(one, "late") == 9
    assert {"add", "double", "value", "late"} <= set(names(one))


def test_a_class_prints_as_one_of_the_main_program() -> None:
    plain = make_class("Net", (), {})
    assert repr(plain) == "<class '__main__.Net'>"
    assert repr(plain()).startswith("<__main__.Net object at 0x")
    assert repr(NAMES["type"](plain())) == "<class '__main__.Net'>"
    assert repr(NAMES["type"](plain)) == "<class 'type'>"
    assert NAMES["isinstance"](plain(), plain)
    assert NAMES["isinstance"](plain(), NAMES["object"])
    assert not NAMES["isinstance"](plain(), NAMES["int"])
    assert outcome(plain, 5)[2] == "Net() takes no arguments"
    assert not has(plain, "__slots__")


def test_functions_of_a_script_are_methods() -> None:
    method = function(lambda self, n: read(self, "value") + n, "add", "Adds.", "self", "n")
    cls = make_class("Net", (), {"value": 3, "add": method})
    assert read(cls(), "add")(4) == 7
    assert read(cls, "add") is method
    assert (read(method, "__name__"), read(method, "__doc__")) == ("add", "Adds.")
    assert read(read(cls(), "add"), "__doc__") == "Adds."
    write(method, "__name__", "other")
    write(method, "__doc__", None)
    assert read(method, "__doc__") is None
    assert read(read(cls(), "add"), "__name__") == "other"
    assert read(method, "__call__") is method
    with pytest.raises(TypeError):
        read(method, "__init__")("name", None, None, None, None)  # that of object
    assert outcome(read, method, "x") == ("error", "AttributeError", "'function' object has no attribute 'x'")


def test_functions_keep_what_a_script_puts_on_them() -> None:
    class Roomy(Function):
        __slots__ = ("members",)

    roomy = Roomy("f", Parameters((), 0, (), None, None, {}), print, None, None)
    write(roomy, "calls", 0)
    write(roomy, "calls", read(roomy, "calls") + 1)
    assert read(roomy, "calls") == 1
    delete(roomy, "calls")
    assert not has(roomy, "calls")
    assert outcome(write, roomy, "__globals__", {})[:2] == ("error", "AttributeError")


def test_super_starts_behind_its_class() -> None:
    base = make_class(
        "Base", (NAMES["object"],), {"__init__": lambda self, n: setattr(self, "n", n), "name": lambda self: "base"}
    )
    inner = make_class("Inner", (base,), {"name": lambda self: "inner"})
    made = inner(5)
    parent = NAMES["super"](inner, made)
    assert (read(parent, "name")(), read(made, "name")(), read(made, "n")) == ("base", "inner", 5)
    read(parent, "__init__")(6)
    assert read(made, "n") == 6
    assert read(NAMES["super"](base, made), "__repr__")().startswith("<__main__.Inner object")
    read(NAMES["super"](base, made), "__setattr__")("n", 7)
    assert read(made, "n") == 7
    assert outcome(read, parent, "nothing") == ("error", "AttributeError", "'super' object has no attribute 'nothing'")


def test_new_makes_instances() -> None:
    made: list[Any] = []
    cls = make_class(
        "One",
        (),
        {"__new__": lambda cls: made[0] if made else made.append(read(NAMES["object"], "__new__")(cls)) or made[0]},
    )
    cls.__new__ = staticmethod(vars(cls)["__new__"])  # as Python does for its own functions
    assert cls() is cls()
    assert outcome(read(NAMES["object"], "__new__"), int)[:2] == ("error", "TypeError")


def test_classes_derive_from_pythons_types() -> None:
    stack = make_class(
        "Stack",
        (NAMES["list"],),
        {"push": lambda self, x: read(self, "append")(x), "size": property(lambda self: len(self))},
    )
    made = stack([1])
    read(made, "push")(2)
    write(made, "name", "s")
    assert (made, read(made, "size"), read(made, "name"), read(made, "index")(2)) == ([1, 2], 2, "s", 1)
    record = make_class("Record", (NAMES["dict"],), {"__getattr__": lambda self, name: self[name]})
    assert read(record(a=5), "a") == 5
    assert outcome(read, record(), "b") == ("error", "KeyError", "'b'")
    assert NAMES["isinstance"](made, NAMES["list"])
    assert outcome(make_class, "X", (NAMES["range"],), {})[:2] == ("error", "TypeError")
    assert outcome(make_class, "X", (5,), {})[:2] == ("error", "TypeError")


def test_exceptions_of_a_script() -> None:
    cls = make_class("MyError", (ValueError,), {"__init__": lambda self, code: (
        read(NAMES["super"](cls, self), "__init__")(f"code {code}"), write(self, "code", code))[0]})  # fmt: skip
    with pytest.raises(ValueError, match="code 5") as caught:
        raise cls(5)
    assert (read(caught.value, "code"), read(caught.value, "args"), str(caught.value)) == (5, ("code 5",), "code 5")
    assert repr(NAMES["type"](caught.value)) == "<class '__main__.MyError'>"
    plain = ValueError("x")
    write(plain, "extra", 1)
    assert read(plain, "extra") == 1


def test_a_script_finds_what_is_missing_by_getattr() -> None:
    cls = make_class("Lazy", (), {"__getattr__": lambda self, name: name.upper()})
    assert read(cls(), "abc") == "ABC"
    assert read(cls(), "__class__") is cls
    assert not has(cls(), "__array_interface__")
    strict = make_class(
        "Strict", (), {"__getattr__": lambda self, name: (_ for _ in ()).throw(AttributeError(f"no {name} here"))}
    )
    assert outcome(read, strict(), "abc") == ("error", "AttributeError", "no abc here")


def test_a_property_fails_in_its_own_words() -> None:
    cls = make_class("Bad", (), {"x": property(lambda self: [].nothing)})
    assert outcome(read, cls(), "x") == ("error", "AttributeError", "'list' object has no attribute 'nothing'")


def test_setattr_of_a_script_is_called() -> None:
    seen: list[Any] = []
    cls = make_class("Watched", (), {"__setattr__": lambda self, name, value: seen.append((name, value))})
    write(cls(), "x", 5)
    assert seen == [("x", 5)]


# --- no way out -----------------------------------------------------------------------------------------------------

FORBIDDEN = """
    __bases__ __base__ __mro__ mro __subclasses__ __globals__ __code__ __closure__ __builtins__ __self__
    __func__ __wrapped__ __reduce__ __reduce_ex__ __getstate__ __traceback__ tb_frame
    gi_frame gi_code f_back f_globals f_locals f_builtins func_globals fget fset __loader__ __spec__
    __import__ __subclasshook__ __prepare__ __weakref__ __array_interface__ __array__
    __array_struct__ __objclass__ __text_signature__ __get__ __set__ __thisclass__ __self_class__
    with_traceback to_bytes from_bytes __class_getitem__ __format__ __dir__ __sizeof__ host call open recipes
    rows frame body parameters owner array node cotangent""".split()  # noqa: SIM905


def things() -> list[Any]:
    """One value of every kind that a script can have."""
    cls = counter()
    made = cls(1)
    method = function(lambda: 5)

    def numbers() -> Any:
        yield 1

    values: list[Any] = [
        1, 2.5, 1j, True, "a", None, ..., [1], (1,), {1}, {"a": 1}, {}.keys(), {}.values(), {}.items(), frozenset(),
        range(3), slice(1), Size((2,)), cls, made, read(made, "add"), read(cls, "make"), method, numbers(), iter([1]),
        iter({}), ValueError("x"), ValueError, OSError(2, "x"), read([], "append"), read("", "format"),
        read(NAMES["str"], "join"), read([], "extend"), property(lambda self: 1), staticmethod(len), NotImplemented,
        NAMES["super"](cls, made), NAMES["map"](abs, []), NAMES["zip"](), reversed([1]), sys.float_info,
        sys.version_info,
        make_class("L", (NAMES["list"],), {})([1]), make_class("E", (ValueError,), {})("x"),
        read(make_class("D", (), {"__slots__": ("a",)}), "a"), read(made, "__repr__"),
        read(NAMES["object"], "__setattr__"), math.sqrt,
    ]  # fmt: skip
    return values + list(NAMES.values())


# Functions, even of the host, are no danger to hold: they show a name and a docstring, and calls do what scripts may.
ALARMING = (
    ModuleType, type(sys._getframe()), type(function.__code__), type(type.__dict__), type(np.add), np.ndarray,
    np.generic, memoryview, Frame, Parameters, context.Context,
)  # fmt: skip


def alarming(value: Any) -> bool:
    """Whether a value leads to the interpreter: a module, a frame, code, or a class of the host but exceptions."""
    if isinstance(value, type):
        return not issubclass(value, (BaseException, attributes.Instance)) or value is attributes.Instance
    return isinstance(value, ALARMING) or value is vars(sys.modules["builtins"])


def universe() -> list[str]:
    """Every attribute that anything of the host has, and some more."""
    found = set(FORBIDDEN)
    for thing in [
        *things(),
        type,
        function,
        function.__code__,
        sys._getframe(),
        object,
        Function,
        attributes,
        np.zeros(1),
        super,
    ]:
        found.update(dir(thing))
        found.update(dir(type(thing)))
    return sorted(found)


def test_no_chain_of_dots_leads_out() -> None:
    found: set[tuple[Any, str]] = set()
    everything, work, seen = universe(), things(), set()
    while work:
        value = work.pop()
        kind = value if isinstance(value, (type, Kind)) else type(value)
        if kind in seen:
            continue
        seen.add(kind)
        for name in everything:
            try:
                reached = read(value, name)
            except (Problem, AttributeError):
                continue
            assert not alarming(reached), (value, name)
            found.add((kind, name))
            work.append(reached)
    assert len(found) > 500  # it was a walk of some length
    assert {name for _, name in found}.isdisjoint(FORBIDDEN)


@pytest.mark.parametrize("template", [
    "{0.__class__.__bases__}", "{0.__class__.__mro__}", "{0.__init__.__globals__}", "{0.__class__.__subclasses__}",
    "{0.__class__.__init__.__globals__}", "{0.__reduce__}", "{0.__func__}", "{0.add.__func__.__globals__}",
    "{a.__traceback__}",
    "{0!r:{0.__globals__}}", "{0.add.__self__.__class__.__base__}", "{a.args[0].__globals__}",
    "{0.__dict__.__class__.__base__}",
])  # fmt: skip
def test_templates_reach_no_further_than_dots(template: str) -> None:
    made, words = counter()(1), {"a": ValueError(len)}
    text = make_class("Text", (NAMES["str"],), {})
    calls = [
        lambda: format_method(template, (made,), words),
        lambda: read(template, "format")(made, **words),
        lambda: read(NAMES["str"], "format")(template, made, **words),
        lambda: read(text(template), "format")(made, **words),
        lambda: read(NAMES["super"](text, text(template)), "format")(made, **words),
        lambda: read(template.replace("{0", "{b"), "format_map")({**words, "b": made}),
    ]
    assert [outcome(call)[:2] for call in calls] == [("error", "AttributeError")] * len(calls)


def test_percent_and_fstrings_ask_for_items_only() -> None:
    assert outcome(percent, "%(__class__)s", {}) == ("error", "KeyError", "'__class__'")
    assert formatted(counter()(1), "r", ">12") == "  Counter(1)"


def test_a_name_with_two_faces_is_read_as_it_stands() -> None:
    sly = make_class("Sly", (NAMES["str"],), {"__eq__": lambda self, other: True, "__hash__": lambda self: hash("append")})
    assert outcome(NAMES["getattr"], [], sly("__class_getitem__"))[:2] == ("error", "AttributeError")
    assert not NAMES["hasattr"]([], sly("__reduce__"))
    masked = make_class("Masked", (NAMES["str"],), {"__getitem__": lambda self, key: "x", "__eq__": lambda *_: False})
    masked.__hash__ = str.__hash__
    made, of_object = counter()(1), NAMES["object"]
    for name in ("__reduce_ex__", "__class__", "__array_interface__"):
        assert outcome(read(of_object, "__setattr__"), made, masked(name), 5)[0] == "error"
        assert outcome(read(of_object, "__delattr__"), made, masked(name))[0] == "error"
    assert outcome(read(of_object, "__getattribute__"), made, masked("__reduce_ex__"))[:2] == (
        "error",
        "AttributeError",
    )
    assert read(of_object, "__getattribute__")(made, masked("value")) == 1


@pytest.mark.parametrize("name", ["__array_interface__", "__array_struct__", "__array__", "__buffer__",
                                  "__getattribute__", "__class__",
                                  "__array_ufunc__", "__array_function__", "__dict__", "__mro_entries__"])  # fmt: skip
def test_a_class_defines_nothing_for_numpy_or_the_interpreter(name: str) -> None:
    assert outcome(make_class, "X", (), {name: 5})[:2] == ("error", "TypeError")
    assert outcome(write, counter(), name, 5)[0] == "error"
    assert outcome(write, counter()(1), name, 5)[0] == "error"
    assert outcome(NAMES["setattr"], counter()(1), name, 5)[0] == "error"
    assert outcome(read(NAMES["object"], "__setattr__"), counter()(1), name, 5)[0] == "error"


@pytest.mark.parametrize("bases", [(), ("dict",), ("float",)])
def test_numpy_finds_no_memory_in_an_instance(bases: tuple[str, ...]) -> None:
    target = np.arange(3)
    cls = make_class(
        "Sly", tuple(NAMES[base] for base in bases), {"__getattr__": lambda self, name: target.__array_interface__}
    )
    made = cls()
    read(made, "__dict__")["__array_interface__"] = target.__array_interface__
    array = np.asarray(made)
    assert not np.shares_memory(array, target)
    assert array.shape == ()


@pytest.mark.parametrize(("call", "value"), [
    (lambda: read("a", "ljust")(10**12), None), (lambda: read("a", "zfill")(10**12), None),
    (lambda: read("a", "center")(10**12, "b"), None),
    (lambda: read("a" * 10**5, "replace")("a", "b" * 10**5), None),
    (lambda: read("\t" * 10**4, "expandtabs")(10**9), None),
    (lambda: read("", "join")(["a" * 10**6] * 10**3), None),
    (lambda: read("a" * 10**6, "translate")({97: "b" * 10**6}), None),
    (lambda: read([], "extend")(range(10**10)), None),
    (lambda: read({}, "update")(zip(range(10**10), range(10**10))), None),
    (lambda: read(NAMES["dict"], "fromkeys")(range(10**10)), None),
    (lambda: read(set(), "update")(range(10**10)), None),
    (lambda: read(set(), "union")(range(10**10)), None), (lambda: read("{:>99999999999}", "format")(1), None),
    (lambda: read("{0}" * 10**4, "format")("a" * 10**6), None),
    (lambda: read(NAMES["list"], "__init__")([], range(10**10)), None),
])  # fmt: skip
def test_methods_refuse_what_does_not_fit(call: Any, value: Any) -> None:
    before = memory.limit()
    memory.set_limit(100_000_000)
    try:
        with pytest.raises(Problem) as refused:
            call()
    finally:
        memory.set_limit(before)
    assert refused.value.code == "limit"
