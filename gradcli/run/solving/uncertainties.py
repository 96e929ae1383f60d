"""Values with uncertainties, as people write them: `2.0±0.1`, `1.5 +- 0.02`, `[1, 2] ± 0.1`, `9.81±0.5%`, `1.234(15)`.

What follows the sign is one standard uncertainty: a number, an array of the value's shape, a share of the value in per cent, a
column of a file.  `1.234(15)` is 1.234 ± 0.015: the digits in brackets are in units of the last digit (JCGM 100:2008, 7.2.2).
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from gradcli.errors import Problem
from gradcli.run.bindings import value_of
from gradcli.run.request import Request
from gradcli.run.solving.function import Array

_SIGN = re.compile(r"±|\+/-|\+-")
_SHORT = re.compile(r"\s*([-+]?\d+(?:\.(\d*))?)\((\d+)\)([eE][-+]?\d+)?\s*")


def separated(request: Request) -> tuple[Request, dict[str, Array]]:
    """The request with plain values, and the standard uncertainty of each binding that has one, in its value's shape.

    Raises Problem for an uncertainty that is negative, not finite or of another shape.
    """
    bindings: list[tuple[str, Any, bool]] = []
    written: list[tuple[str, str, str]] = []
    for name, text, is_constant in request.bindings:
        value, error = _split(text)
        bindings.append((name, value, is_constant and error is None))
        if error is not None:
            written.append((name, text, error))
    plain = Request(request.expr, bindings, dtype="float64", seed=request.seed, stdin=request.stdin)
    from gradcli.run.evaluate import computed_bindings

    values = computed_bindings(plain)
    known = {name: value for name, value, _ in values}
    plain.bindings = list(values)
    return plain, {name: _uncertainty(name, text, error, known[name], plain) for name, text, error in written}


def _split(text: Any) -> tuple[Any, str | None]:
    if not isinstance(text, str):
        return text, None
    short = _SHORT.fullmatch(text)
    if short is not None:
        number, decimals, digits, exponent = short.groups()
        return number + (exponent or ""), f"{int(digits)}e{-len(decimals or '')}*1{exponent or 'e0'}"
    found = _SIGN.search(text)
    if found is None:
        return text, None
    value, error = text[: found.start()].strip(), text[found.end() :].strip()
    if not value or not error:
        raise Problem("syntax", f"'{text}' lacks what stands {'before' if not value else 'after'} its ±", type="SyntaxError")
    return value, error


def _uncertainty(name: str, text: str, error: str, value: Array, request: Request) -> Array:
    per_cent = error.endswith("%")
    array = value_of(name, error[:-1] if per_cent else error, {}, request).ndarray.astype(np.float64)
    if per_cent:
        array = np.abs(value) * array / 100
    try:
        array = np.broadcast_to(array, np.shape(value))
    except ValueError:
        raise Problem(
            "shape-mismatch",
            f"{name} has shape {list(np.shape(value))}, and its uncertainty {list(np.shape(array))}",
            hint="give one uncertainty for all of it, or one for each element",
            source=name,
            text=text,
        ) from None
    if not (np.isfinite(array) & (array >= 0)).all():
        raise Problem(
            "argument",
            f"the uncertainty of {name} is not a positive number",
            hint="it is one standard deviation",
            source=name,
            text=text,
        )
    return array


def correlations(texts: list[str]) -> dict[tuple[str, str], float]:
    """The correlations that `--corr A,B=R` states, by pairs.  Raises Problem."""
    found: dict[tuple[str, str], float] = {}
    for text in texts:
        pair, _, number = text.rpartition("=")
        names = [name.strip() for name in re.split(r",(?![^\[]*\])", pair)]
        try:
            value = float(number)
        except ValueError:
            value = np.nan
        if len(names) != 2 or not all(names) or not -1 <= value <= 1:
            raise Problem(
                "usage", f"'{text}' is not A,B=R with R from -1 to 1", type="UsageError", hint="for example --corr m,h=0.5"
            )
        found[names[0], names[1]] = value
    return found


def covariance_file(path: str, request: Request) -> tuple[list[str], Array]:
    """(labels, matrix) from a document that `gradcli fit --json` wrote, or from a table with a header of labels.

    Raises Problem where the file is neither.
    """
    from gradcli.graph import memory
    from gradcli.run import files

    def read(part: str) -> Any:
        return files.read(path + part, stdin=request.stdin, limit=memory.limit(), label="--cov")

    try:
        with open(path, encoding="utf-8-sig") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise Problem("file", f"cannot read '{path}': {error}", type=type(error).__name__, source="--cov") from None
    if text.lstrip().startswith("{"):
        import json

        document = json.loads(text)
        try:
            return list(document["labels"]), np.array(document["covariance"], np.float64)
        except (KeyError, ValueError, TypeError):
            raise _no_covariance(path) from None
    labels = [label.strip() for label in text.splitlines()[0].replace(";", ",").replace("\t", ",").split(",")]
    matrix = np.atleast_2d(read(""))
    if matrix.shape != (len(labels),) * 2 or _are_numbers(labels):
        raise _no_covariance(path)
    return labels, matrix


def _are_numbers(labels: list[str]) -> bool:
    return all([re.fullmatch(r"[-+.\deE]+", label) for label in labels])


def _no_covariance(path: str) -> Problem:
    return Problem(
        "file",
        f"'{path}' holds no covariance matrix with names",
        hint="give what 'gradcli fit --json' prints, or a table whose header names the inputs, with as many rows",
        source="--cov",
    )
