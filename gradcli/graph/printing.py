"""An array becomes the text that PyTorch's `repr` gives for the same tensor, byte for byte.

The shown elements (all of them, or the edges of a big array) settle one cell format for the whole tensor.  Cells fill
rows, rows nest in brackets from the inside out, and suffixes (size, dtype, grad_fn) close the text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import numpy as np

from gradcli.errors import Problem, Record, did_you_mean
from gradcli.graph.half_precision import name_of

Array = np.ndarray[Any, Any]

LARGEST_PRECISION: Final = 1000  # PyTorch has no limit; digits beyond are zeros, except for numbers below 1e-300


class PrintOptions(Record):
    """How tensors are printed; the fields are those of `torch.set_printoptions`.

    precision  digits after the point
    threshold  arrays with more elements than this are summarised (may be infinite)
    edgeitems  how many elements a summary shows at either end of a dimension
    linewidth  characters a line may take
    sci_mode   scientific notation: always, never, or (None) decided by the values of each tensor
    """

    __slots__ = ("precision", "threshold", "edgeitems", "linewidth", "sci_mode")
    precision: int
    threshold: float
    edgeitems: int
    linewidth: float
    sci_mode: bool | None

    def changed(
        self,
        precision: int | None = None,
        threshold: float | None = None,
        edgeitems: int | None = None,
        linewidth: float | None = None,
        profile: str | None = None,
        sci_mode: bool | None = None,
    ) -> PrintOptions:
        """The options after `torch.set_printoptions` with these arguments: the profile first, then what is given.

        As in PyTorch, sci_mode is set anew each time.  Raises Problem for a value that no tensor could be printed with.
        """
        base = self if profile is None else _profile(profile)
        given = (precision, threshold, edgeitems, linewidth)
        kept = (base.precision, base.threshold, base.edgeitems, base.linewidth)
        values = (*(old if new is None else new for new, old in zip(given, kept, strict=True)), sci_mode)
        for name, value in zip(self.__slots__, values, strict=True):
            _check(name, value)
        return PrintOptions(*values)  # type: ignore[arg-type]  # checked just now


DEFAULT: Final = PrintOptions(4, 1000, 3, 80, None)
PROFILES: Final = {
    "default": DEFAULT,
    "short": PrintOptions(2, 1000, 2, 80, None),
    "full": PrintOptions(4, float("inf"), 3, 80, None),
}


def format_size(shape: Iterable[int]) -> str:
    """The text of a shape, as in `torch.Size([2, 2])`."""
    return f"torch.Size({[int(length) for length in shape]})"


def format_tensor(
    array: Array,
    *,
    grad_fn: str | None = None,
    requires_grad: bool = False,
    default_dtype: str = "float32",
    options: PrintOptions = DEFAULT,
    prefix: str = "tensor(",
    tangent: str | None = None,
) -> str:
    """The text of `repr(tensor)`, for an array of any shape and of any dtype that NumPy and PyTorch share.

    grad_fn        the name of the tensor's node ("MulBackward0"); it goes before requires_grad, as in PyTorch
    default_dtype  the dtype in force, which is not shown
    tangent        the text of the tangent of a dual tensor
    prefix         what opens the text; further lines are indented by the length of its last line
    """
    margin = len(prefix) - prefix.rfind("\n") - 1
    text = prefix + _body(array, options, margin)
    suffixes = _suffixes(array, default_dtype, options)
    if grad_fn is not None:
        suffixes.append(f"grad_fn=<{grad_fn}>")
    elif requires_grad:
        suffixes.append("requires_grad=True")
    if tangent is not None:
        suffixes.append(f"tangent={tangent}")
    return closed(text, suffixes, margin, options.linewidth)


# ---- the elements that are shown ------------------------------------------------------------------------------------


def _body(array: Array, options: PrintOptions, margin: int) -> str:
    """All that stands between the prefix and the suffixes."""
    if not array.size:
        return "[]"
    cut = _cut_dimensions(array, options)
    if any(cut) and not options.edgeitems:
        return "[...]"
    shown = _edges(array, cut, options.edgeitems)
    cell, width = _cell(shown, options)
    if not array.ndim:
        return cell % tuple(_numbers(shown)[0])
    room = options.linewidth - (margin + array.ndim - 1)
    lines = _lines([cell] * shown.shape[-1], cut[-1], options.edgeitems, max(1, int(room // (width + 2))))
    template = f"[{_break(1, margin + array.ndim).join(lines)}]"
    return _nested([template % tuple(row) for row in _numbers(shown)], shown.shape, cut, options.edgeitems, margin)


def _cut_dimensions(array: Array, options: PrintOptions) -> list[bool]:
    """For each dimension, whether a summary leaves its middle out."""
    summarised = array.size > options.threshold
    return [summarised and length > 2 * options.edgeitems for length in array.shape]


def _edges(array: Array, cut: Sequence[bool], edge: int) -> Array:
    """The elements that a summary shows, copied without touching the others."""
    if not any(cut):
        return array
    ends = np.concatenate((np.arange(edge), np.arange(-edge, 0)))
    picked = np.ix_(
        *(ends if is_cut else np.arange(length) for length, is_cut in zip(array.shape, cut, strict=True) if length > 1)
    )
    # NumPy takes one index fewer than it has dimensions, so those of length 1 stay out of it.
    shown: Array = array.squeeze()[picked]
    return shown.reshape([2 * edge if is_cut else length for length, is_cut in zip(array.shape, cut, strict=True)])


def _numbers(shown: Array) -> list[list[Any]]:
    """The rows along the last dimension as Python values; a complex number is two of them."""
    if shown.dtype.kind == "c":
        shown = np.ascontiguousarray(shown).view(shown.real.dtype)
    rows: list[list[Any]] = shown.reshape(-1, shown.shape[-1] if shown.ndim else 1).tolist()
    return rows


# ---- one format for all cells ---------------------------------------------------------------------------------------


def _cell(shown: Array, options: PrintOptions) -> tuple[str, int]:
    """A %-format that fits every shown element, and the width that PyTorch reckons with when it breaks lines."""
    kind = shown.dtype.kind
    if kind == "c":
        real, real_width = _float_conversion(shown.real, options)
        imaginary, imaginary_width = _float_conversion(shown.imag, options)
        # Only the real part is aligned; the j is not counted.
        return f"%{_padded(real, real_width)}%+{imaginary}j", real_width + imaginary_width + 1
    if kind == "f":
        conversion, width = _float_conversion(shown, options)
        return f"%{_padded(conversion, width)}", width
    if kind == "b":
        width = len("True") if shown.all() else len("False")
        return f"%{width}s", width
    width = max(len(str(int(shown.min()))), len(str(int(shown.max()))))
    return f"%{width}d", width


def _float_conversion(values: Array, options: PrintOptions) -> tuple[str, int]:
    """The conversion ("#.0f", ".4f", ".4e") without its width, and the width; only finite nonzero values decide."""
    numbers = values[np.isfinite(values) & (values != 0)]
    if not numbers.size:
        return "#.0f", 1
    # Compared as float64, where a float32 of 0.0001 is below the limit.
    extremes = [
        float(value) for side in (numbers[numbers < 0], numbers[numbers > 0]) if side.size for value in (side.min(), side.max())
    ]
    whole = bool((numbers == np.floor(numbers)).all())
    if _is_scientific(extremes, options.sci_mode):
        conversion = f".{options.precision}e"
    else:
        conversion = "#.0f" if whole else f".{options.precision}f"
    # On either side of zero the longest text belongs to an end of the range.
    return conversion, max(len(f"%{conversion}" % value) for value in extremes)


def _is_scientific(extremes: Sequence[float], sci_mode: bool | None) -> bool:
    """The choice of notation, from the values furthest from and nearest to zero."""
    if sci_mode is not None:
        return sci_mode
    largest, smallest = max(map(abs, extremes)), min(map(abs, extremes))
    return largest > 1e8 or smallest < 1e-4 or largest / smallest > 1000


def _padded(conversion: str, width: int) -> str:
    """The conversion with its width, which comes after the flag."""
    return f"#{width}{conversion[1:]}" if conversion[0] == "#" else f"{width}{conversion}"


# ---- cells, rows, brackets, suffixes --------------------------------------------------------------------------------


def _lines(cells: list[str], is_cut: bool, edge: int, per_line: int) -> list[str]:
    """The lines of one row; an ellipsis takes the place of one cell."""
    if is_cut:
        cells = [*cells[:edge], " ...", *cells[edge:]]
    return [", ".join(cells[start : start + per_line]) for start in range(0, len(cells), per_line)]


def _nested(texts: list[str], shape: Sequence[int], cut: Sequence[bool], edge: int, margin: int) -> str:
    """The rows' texts, bracketed dimension by dimension from the inside out."""
    for depth in reversed(range(len(shape) - 1)):
        between = _break(len(shape) - 1 - depth, margin + depth + 1)
        groups = [texts[start : start + shape[depth]] for start in range(0, len(texts), shape[depth])]
        if cut[depth]:
            groups = [[*group[:edge], "...", *group[edge:]] for group in groups]
        texts = [f"[{between.join(group)}]" for group in groups]
    return texts[0]


def _break(newlines: int, margin: int) -> str:
    """What separates two items that stand on different lines; matrices have blank lines between them."""
    return "," + "\n" * newlines + " " * margin


def _suffixes(array: Array, default_dtype: str, options: PrintOptions) -> list[str]:
    """What the elements do not tell: the size of what is empty (or printed with no edges), and an unusual dtype."""
    usual, sized = {default_dtype}, array.ndim != 1
    if array.size:
        usual |= {"int64", "bool", "complex128" if default_dtype == "float64" else "complex64"}
        sized = not options.edgeitems
    suffixes = [f"size={tuple(array.shape)}"] if sized else []
    name = name_of(array.dtype)
    if name not in usual:
        suffixes.append(f"dtype=torch.{name}")
    return suffixes


def closed(text: str, suffixes: Iterable[str], margin: int, linewidth: float, *, breaks: bool = False) -> str:
    """The text with its suffixes, each on a line of its own where the last one would get too long; with `breaks` the first
    one in any case."""
    used = len(text) - text.rfind("\n") - 1 + 2  # PyTorch reckons two more, until a suffix has begun a line
    for place, suffix in enumerate(suffixes):
        used += len(suffix) + 2
        if used > linewidth or (breaks and not place):
            text, used = f"{text}{_break(1, margin)}{suffix}", margin + len(suffix)
        else:
            text = f"{text}, {suffix}"
    return f"{text})"


# ---- the values of options ------------------------------------------------------------------------------------------


def _profile(name: str) -> PrintOptions:
    """PyTorch takes any other name without a word and changes nothing; a slip deserves a sentence."""
    if isinstance(name, str) and name in PROFILES:
        return PROFILES[name]
    hint = did_you_mean(str(name), PROFILES) or "the profiles are 'default', 'short' and 'full'"
    raise Problem("bad-argument", "there is no print profile of this name", type="ValueError", hint=hint)


def _check(name: str, value: object) -> None:
    accepts, wanted = _ACCEPTED[name]
    if not accepts(value):
        raise Problem(
            "bad-argument",
            f"the print option '{name}' has to be {wanted}",
            type="ValueError",
            hint=f"the default is {name}={getattr(DEFAULT, name)}",
        )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value  # nan is not


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


_ACCEPTED: Final[dict[str, tuple[Callable[[Any], bool], str]]] = {
    "precision": (
        lambda value: _is_whole(value) and value <= LARGEST_PRECISION,
        f"a whole number from 0 to {LARGEST_PRECISION}",
    ),
    "threshold": (_is_number, "a number (inf shows every element)"),
    "edgeitems": (_is_whole, "a whole number, 0 or more"),
    "linewidth": (lambda value: _is_number(value) and abs(value) != float("inf"), "a finite number"),
    "sci_mode": (lambda value: value is None or isinstance(value, int), "True, False or None"),
}
