"""Formatting is Python's own, with tensors as numbers, safe attributes and bounded widths."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcli.errors import Problem
from gradcli.graph import memory
from gradcli.graph.tensor import Tensor
from gradcli.run.script.attributes import make_class, read
from gradcli.run.script.builtins import NAMES
from gradcli.run.script.formatting import format_method, formatted, percent
from tests.run.script.outcomes import outcome

VALUES = st.one_of(
    st.integers(-(10**6), 10**6),
    st.floats(),
    st.booleans(),
    st.text("ab{}%é", max_size=4),
    st.none(),
    st.just([1, "a"]),
    st.just({"a": 1}),
)
SPECS = st.text("<>^+- #0123.,_fdgexXbcsnN%*", max_size=6)


@given(VALUES, st.sampled_from([None, "r", "s", "a"]), SPECS)
def test_a_spec_means_what_it_means_in_python(value: Any, conversion: str | None, spec: str) -> None:
    convert: Any = {None: lambda x: x, "r": repr, "s": str, "a": ascii}[conversion]
    assert outcome(formatted, value, conversion, spec) == outcome(lambda: format(convert(value), spec))


@given(st.text("{}[]!:.0a1rsd>5*x ", max_size=12), VALUES, VALUES)
def test_templates_mean_what_they_mean_in_python(template: str, one: Any, two: Any) -> None:
    args, words = (one, two, [one, 7]), {"a": two, "x": {"a": 1, "x": 2}}
    assert outcome(format_method, template, args, words) == outcome(template.format, *args, **words)
    mapped = outcome(lambda: read(template, "format_map")(words))
    assert mapped == outcome(template.format_map, words)


@given(st.text("%()*sdrfgexca. 015+-#", max_size=10), st.lists(VALUES, max_size=3))
def test_percent_means_what_it_means_in_python(template: str, values: list[Any]) -> None:
    mapping = {"s": 1, "": 2.5, "a": "text", "d": [1]}
    for value in (tuple(values), mapping, *values[:1]):
        assert outcome(percent, template, value) == outcome(lambda value=value: template % value)


@pytest.mark.parametrize(("spec", "text"), [("", "2.5"), (".3f", "2.500"), (">6", "   2.5"), ("e", "2.500000e+00")])
def test_a_tensor_of_no_dimension_formats_as_its_number(spec: str, text: str) -> None:
    for requires_grad in (False, True):
        value = Tensor(np.asarray(2.5, "float32"), requires_grad)
        assert formatted(value, None, spec) == text
        assert format_method("{:" + spec + "}", (value,), {}) == text
    assert formatted(Tensor(np.asarray(0.1, "float32"))) == str(float(np.float32(0.1)))
    assert formatted(Tensor(np.asarray(True))) == "True"
    assert formatted(Tensor(np.asarray(7)), None, "5d") == "    7"


def test_a_tensor_of_one_element_is_a_number_for_percent() -> None:
    one, whole = Tensor(np.asarray([1.5], "float32")), Tensor(np.asarray(3))
    assert percent("%.2f", one) == "1.50"
    assert percent("%d %d", (one, whole)) == "1 3"
    assert percent("%(a)x", {"a": whole}) == "3"
    assert percent("%c", whole) == "\x03"
    assert percent("%s", (one,)) == str(one)
    assert outcome(percent, "%x", one) == ("error", "TypeError", "%x format: an integer is required, not Tensor")
    expected = ("error", "ValueError", "only one element tensors can be converted to Python scalars")
    assert outcome(percent, "%.2f", Tensor(np.zeros(2))) == expected


def test_a_tensor_of_several_elements_has_no_format() -> None:
    value = Tensor(np.zeros(2))
    with pytest.raises(Problem) as refused:
        formatted(value, None, ".2f")
    assert (refused.value.type, refused.value.message) == (
        "TypeError",
        "unsupported format string passed to Tensor.__format__",
    )
    assert refused.value.hint
    assert formatted(value) == str(value)


def test_a_bad_spec_says_what_a_spec_is() -> None:
    with pytest.raises(Problem) as refused:
        formatted(2.5, None, "d")
    assert refused.value.type == "ValueError"
    assert refused.value.message == "Unknown format code 'd' for object of type 'float'"
    assert refused.value.hint
    assert "width" in refused.value.hint


def test_classes_of_the_script_format_themselves() -> None:
    made = make_class("Money", (), {"__format__": lambda self, spec: f"<{spec}>", "__str__": lambda self: "money", "x": 5})()
    assert formatted(made, None, "abc") == "<abc>"
    assert formatted(made) == "<>"
    assert formatted(made, "s", ">7") == "  money"
    assert format_method("{0:abc} {0.x:03} {0!s:>7}", (made,), {}) == "<abc> 005   money"
    plain = make_class("Plain", (), {})()
    assert outcome(formatted, plain, None, "5") == (
        "error",
        "TypeError",
        "unsupported format string passed to Plain.__format__",
    )


def test_indices_in_a_template_are_those_of_the_script() -> None:
    x = Tensor(np.asarray([1.0, 2.5], "float32"))
    assert format_method("{0[1]:.1f} {d[key]}", (x,), {"d": {"key": 3}}) == "2.5 3"


WIDE = ["{:>9999999999}", "{:.9999999999f}", "{:{w}}", "{!r:>9999999999}", "{!s:{w}}", "{é!a:>{w}}", "{:٩٩٩٩٩٩٩٩٩}"]


@pytest.mark.parametrize("template", WIDE)
def test_absurd_widths_are_refused(template: str) -> None:
    with pytest.raises(Problem) as refused:
        format_method(template, (1.5,), {"w": 10**10, "é": "é"})
    assert refused.value.code == "limit"


@pytest.mark.parametrize(
    "template",
    [
        "%9999999999d",
        "%.9999999999f",
        "%(a(b)c)9999999999d",
        "%-+ #09999999999d",
        "%%%s%9999999999d",
        "%(a)ll9999999999d",
    ],
)
def test_absurd_widths_of_percent_are_refused(template: str) -> None:
    with pytest.raises(Problem) as refused:
        percent(template, {"a(b)c": 1.5, "a": 1} if "(" in template else 1.5)
    assert refused.value.code == "limit"


def test_a_star_takes_its_width_from_the_values() -> None:
    with pytest.raises(Problem, match="a format may ask for"):
        percent("%%%*d%%", (10**7, 1))
    with pytest.raises(Problem, match="a format may ask for"):
        percent("%d%*.*f", (10**9, 5, 10**7, 1.0))
    assert percent("%d%%%*d", (10**9, 5, 1)) == "1000000000%    1"


def test_many_small_pieces_are_counted_together() -> None:
    before = memory.limit()
    memory.set_limit(10_000_000)
    try:
        for call in (
            lambda: format_method("{0}" * 1000, ("a" * 10**5,), {}),
            lambda: format_method("{0!r:>1000000}" * 100, (1,), {}),
            lambda: percent("%1000000d" * 100, (1,) * 100),
        ):
            with pytest.raises(Problem) as refused:
                call()
            assert refused.value.code == "limit"
    finally:
        memory.set_limit(before)


def test_format_takes_plain_text_from_a_class_of_the_script() -> None:
    kind: Any = make_class("Text", (NAMES["str"],), {"__iter__": lambda self: iter("x"), "isdecimal": lambda self: False})
    assert NAMES["format"](5, kind(">3")) == "  5"
    with pytest.raises(Problem, match="a format may ask for"):
        NAMES["format"](5, kind(">9999999"))
