"""Records of a batch that ask for a check: {"check": true}, or with options {"check": {"order": 2, "claim": {"x": "2*x"}}}."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any, Final

from gradcli.errors import Problem, did_you_mean
from gradcli.ops.creation import factories
from gradcli.run.checking.check import check
from gradcli.run.checking.result import CheckResult
from gradcli.run.request import Request

_KEYS: Final = ("order", "claim", "at")
_MOST_POINTS: Final = 2**63


def answer(request: Request, asked: Any) -> CheckResult:
    """Check what a record asks for.  Raises Problem."""
    options = {} if asked is True else asked
    if not isinstance(options, dict):
        raise _refused("'check' must be true or an object of its options", 'for example "check": {"order": 2}')
    for key in options:
        if key not in _KEYS:
            raise _refused(f"'check' has no key '{key}'", did_you_mean(key, _KEYS) or f"its keys are {', '.join(_KEYS)}")
    with _own_draws():
        return check(request, order=_order(options), claims=_claims(options), points=_points(options))


def _order(options: dict[str, Any]) -> int:
    order = options.get("order", 1)
    if order not in (1, 2) or isinstance(order, bool):
        raise _refused("the 'order' of a check must be 1 or 2")
    return int(order)


def _claims(options: dict[str, Any]) -> list[tuple[str, str]]:
    claims = options.get("claim", {})
    if not isinstance(claims, dict) or not all([isinstance(each, str) for each in claims.values()]):
        raise _refused("the 'claim' of a check must be an object of formulas", '"claim": {"x": "2*x"}')
    for formula in claims.values():
        if formula.lstrip().startswith("@"):
            raise _refused("a record cannot read files", "write the formula into the record")
    return list(claims.items())


def _points(options: dict[str, Any]) -> int | None:
    """How many random points: the number, or as the option has it, "random:100"."""
    given = options.get("at")
    if given == "given":
        return 0
    if isinstance(given, str) and given.startswith("random:") and given[7:].isdecimal():
        given = int(given[7:])
    if given is not None and (type(given) is not int or not 1 <= given < _MOST_POINTS):
        raise _refused("the 'at' of a check must be a number of random points, such as \"random:100\"")
    return given


def _refused(message: str, hint: str | None = None) -> Problem:
    return Problem("record", message, type="ValueError", hint=hint)


@contextmanager
def _own_draws() -> Iterator[None]:
    """A check draws numbers of its own; the records behind it go on as if it had not."""
    generator = factories.generator()
    before = copy(generator)
    try:
        yield
    finally:
        for field in generator.__slots__:
            setattr(generator, field, getattr(before, field))
