"""`torch.testing`: tensors, numbers, and what holds them, compared up to tolerances (`assert_close`); `make_tensor`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from gradcli.graph.tensor import Tensor, is_unstrided
from gradcli.torch._construction import as_tensor
from gradcli.torch._dtypes import of
from gradcli.torch._warnings import warn
from gradcli.torch.testing.creation import make_tensor

__all__ = ["assert_allclose", "assert_close", "make_tensor"]

_TOLERANCES = {  # rtol, atol by dtype; whole numbers and masks have to be equal
    "float16": (1e-3, 1e-5),
    "float32": (1.3e-6, 1e-5),
    "float64": (1e-7, 1e-7),
    "complex64": (1.3e-6, 1e-5),
    "complex128": (1e-7, 1e-7),
}
_SCALARS = (int, float, complex, np.generic)


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: str | Callable[[str], str] | None = None,
) -> None:
    """Raise AssertionError unless `|actual - expected| <= atol + rtol * |expected|` everywhere.

    Tensors have to be of one shape and dtype.  Tolerances go by dtype where none are given.  Sequences and mappings are
    compared item by item.
    """
    __tracebackhide__ = True
    if (rtol is None) != (atol is None):
        missing = "rtol" if rtol is None else "atol"
        raise ValueError(f"Both 'rtol' and 'atol' must be either specified or omitted, but got no {missing}.")
    given = None if rtol is None or atol is None else (rtol, atol)
    complaint = _compare(actual, expected, given, equal_nan, check_dtype, "")
    if complaint is not None:
        raise AssertionError(complaint if msg is None else msg(complaint) if callable(msg) else msg)


def assert_allclose(
    actual: Any, expected: Any, rtol: float | None = None, atol: float | None = None, equal_nan: bool = True, msg: str = ""
) -> None:
    """The older one, which minds no dtypes.  Raises AssertionError."""
    warn("`torch.testing.assert_allclose()` is deprecated since 1.12. Use `torch.testing.assert_close()`.", FutureWarning)
    tensors = [x if isinstance(x, Tensor) else as_tensor(x) for x in (actual, expected)]
    assert_close(*tensors, rtol=rtol, atol=atol, equal_nan=equal_nan, check_dtype=False, msg=msg or None)


def _compare(actual: Any, expected: Any, given: Any, equal_nan: bool, check_dtype: bool, place: str) -> str | None:
    """What is wrong with a pair, or None."""
    if isinstance(actual, Mapping) and isinstance(expected, Mapping):
        return _compare_mappings(actual, expected, given, equal_nan, check_dtype, place)
    if _is_sequence(actual) and _is_sequence(expected):
        if len(actual) != len(expected):
            return f"The length of the sequences mismatch: {len(actual)} != {len(expected)}{_behind(place)}"
        pairs = [(f"[{number}]", one, two) for number, (one, two) in enumerate(zip(actual, expected))]
        return _first(pairs, given, equal_nan, check_dtype, place)
    complaint = _compare_values(actual, expected, given, equal_nan, check_dtype)
    return None if complaint is None else f"{complaint}{_behind(place)}"


def _behind(place: str) -> str:
    return f"\n\nThe failure occurred for item {place}" if place else ""


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes))


def _compare_mappings(
    actual: Mapping[Any, Any], expected: Mapping[Any, Any], given: Any, equal_nan: bool, check_dtype: bool, place: str
) -> str | None:
    missing, extra = sorted(set(expected) - set(actual)), sorted(set(actual) - set(expected))
    if missing or extra:
        lines = [f"Missing keys in the actual mapping: {missing}"] * bool(missing)
        lines += [f"Additional keys in the actual mapping: {extra}"] * bool(extra)
        return "\n".join(["The keys of the mappings do not match:", *lines])
    return _first([(f"[{key!r}]", actual[key], expected[key]) for key in actual], given, equal_nan, check_dtype, place)


def _first(pairs: list[tuple[str, Any, Any]], given: Any, equal_nan: bool, check_dtype: bool, place: str) -> str | None:
    for step, one, two in pairs:
        complaint = _compare(one, two, given, equal_nan, check_dtype, place + step)
        if complaint is not None:
            return complaint
    return None


def _compare_values(actual: Any, expected: Any, given: Any, equal_nan: bool, check_dtype: bool) -> str | None:
    kinds = (Tensor, np.ndarray)
    both = isinstance(actual, kinds) and isinstance(expected, kinds)
    if not both and not (isinstance(actual, _SCALARS) and isinstance(expected, _SCALARS)):
        raise TypeError(f"No comparison pair was able to handle inputs of type {type(actual)} and {type(expected)}.")
    if not both and check_dtype and type(actual) is not type(expected):
        return f"The (d)types do not match: {type(actual)} != {type(expected)}."
    if both and (is_unstrided(actual) or is_unstrided(expected)):
        return _compare_sparse(actual, expected, given, equal_nan, check_dtype)
    one, two = [np.asarray(each.ndarray if isinstance(each, Tensor) else each) for each in (actual, expected)]
    if one.shape != two.shape:
        return f"The values for attribute 'shape' do not match: torch.Size({list(one.shape)}) != torch.Size({list(two.shape)})."
    if check_dtype and one.dtype != two.dtype:
        return f"The values for attribute 'dtype' do not match: {of(one.dtype)} != {of(two.dtype)}."
    rtol, atol = given or max(_TOLERANCES.get(one.dtype.name, (0.0, 0.0)), _TOLERANCES.get(two.dtype.name, (0.0, 0.0)))
    with np.errstate(all="ignore"):
        return _difference(one, two, rtol, atol, equal_nan)


def _compare_sparse(actual: Any, expected: Any, given: Any, equal_nan: bool, check_dtype: bool) -> str | None:
    layouts = [getattr(each, "layout", None) for each in (actual, expected)]
    if layouts[0] is not layouts[1]:
        return f"The values for attribute 'layout' do not match: {layouts[0]} != {layouts[1]}."
    complaint = _compare_values(actual.to_dense(), expected.to_dense(), given, equal_nan, check_dtype)
    named = "Sparse CSR values" if actual.is_sparse_csr else "Sparse COO values"
    return complaint and complaint.replace("Tensor-likes", named)


def _difference(actual: Any, expected: Any, rtol: float, atol: float, equal_nan: bool) -> str | None:
    """What is said of values that are too far apart; None where they are not."""
    exact = rtol == atol == 0
    wide = np.result_type(actual, expected, np.int64 if actual.dtype.kind in "biu" else actual)
    one, two = actual.astype(wide), expected.astype(wide)
    close = np.isclose(one, two, rtol, atol, equal_nan) if not exact else one == two
    if np.all(close):
        return None
    apart = np.abs(one - two)
    relative = (apart / np.abs(two)).astype(np.float32 if actual.dtype.kind in "biu" else apart.dtype)
    opening = f"are not {'equal' if exact else 'close'}!"
    if not actual.ndim:
        lines = [f"Expected {two.item()} but got {one.item()}."]
        lines += [f"Absolute difference: {apart.item()}{_allowed(atol, exact)}"]
        lines += [f"Relative difference: {relative.item()}{_allowed(rtol, exact)}"]
        return "\n".join([f"Scalars {opening}", "", *lines])
    wrong = int(np.sum(~close))
    shown = [f"Mismatched elements: {wrong} / {one.size} ({wrong / one.size:.1%})"]
    for name, values, tolerance in (("absolute", apart, atol), ("relative", relative, rtol)):
        values = np.where(close, 0, values)
        place = np.unravel_index(int(np.argmax(values)), values.shape)
        index = tuple([int(each) for each in place])
        shown.append(f"Greatest {name} difference: {values[index].item()} at index {index}{_allowed(tolerance, exact)}")
    return "\n".join([f"Tensor-likes {opening}", "", *shown])


def _allowed(tolerance: float, exact: bool) -> str:
    return "" if exact else f" (up to {tolerance} allowed)"
