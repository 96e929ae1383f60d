"""`warnings`: which of them are shown, and warnings of the script's own."""

from __future__ import annotations

import re
from typing import Any

from gradcli.run.script.builtins import Builtin
from gradcli.run.script.classes import Kind, add_kind, type_name
from gradcli.run.script.context import Context, current
from gradcli.run.script.exposed import Exposed
from gradcli.run.script.modules import Module

_ACTIONS = ("default", "error", "ignore", "always", "all", "module", "once")


class Filter(Exposed):
    """What to do with warnings of a category whose message begins as a pattern says."""

    __slots__ = ("action", "category", "pattern")

    def __init__(self, action: str, message: str, category: Any) -> None:
        if action not in _ACTIONS:
            raise ValueError(f"invalid action: {action!r}")
        if not (isinstance(category, type) and issubclass(category, Warning)):
            raise TypeError(f"category must be a Warning subclass, not '{type_name(category)}'")
        self.action = action
        self.category = category
        self.pattern = re.compile(message, re.IGNORECASE)

    def fits(self, category: type, message: str) -> bool:
        """Whether it is about such a warning."""
        return issubclass(category, self.category) and self.pattern.match(message) is not None


class Filters(Exposed):
    """The filters of a run, the last one first, and where its warnings are recorded, if they are."""

    __slots__ = ("filters", "record")

    def __init__(self) -> None:
        self.filters: list[Filter] = []
        self.record: list[Any] | None = None

    def take(self, context: Context, warning: Warning) -> bool:
        """Deal with a warning: whether it is to be shown.  Raises the warning where a filter makes an error of it."""
        message, category = str(warning), type(warning)
        action = next((each.action for each in self.filters if each.fits(category, message)), "default")
        if action == "error":
            raise warning
        if action == "ignore":
            return False
        again = action in ("always", "all") or context.first_here(message)
        if self.record is None or not again:
            return again
        self.record.append(Recorded(warning, context.text_of()[0], context.line))
        return False


class Recorded(Exposed):
    """A warning that was recorded."""

    __slots__ = ("category", "filename", "lineno", "message")
    public = frozenset(__slots__)
    title = "WarningMessage"

    def __init__(self, message: Warning, filename: str, lineno: int) -> None:
        self.message = message
        self.category = type(message)
        self.filename = filename
        self.lineno = lineno


def _filters() -> Filters:
    context = current()
    if context.filters is None:
        context.filters = Filters()
    found: Filters = context.filters
    return found


class Catching(Exposed):
    """`catch_warnings(record=True)`: what is set inside its block ends with it."""

    __slots__ = ("before", "record", "warned")
    title = "catch_warnings"

    def __init__(self, *, record: Any = False, module: Any = None, action: Any = None, category: Any = Warning) -> None:
        self.record = record
        self.before: tuple[list[Filter], list[Any] | None] = ([], None)

    def __enter__(self) -> list[Any] | None:
        filters, context = _filters(), current()
        self.before, self.warned = (filters.filters, filters.record), context.warned
        filters.filters, context.warned = [*filters.filters], context.warned_once()
        if self.record:
            filters.record = []
        return filters.record if self.record else None

    def __exit__(self, *_: Any) -> None:
        filters, context = _filters(), current()
        filters.filters, filters.record = self.before
        context.warned = self.warned | context.warned_once()


def _filter(
    action: Any, message: Any = "", category: Any = Warning, module: Any = "", lineno: Any = 0, append: Any = False
) -> None:
    """Do this with such warnings from now on."""
    filters = _filters().filters
    filters.insert(len(filters) if append else 0, Filter(action, message, category))


def _simplefilter(action: Any, category: Any = Warning, lineno: Any = 0, append: Any = False) -> None:
    """Do this with all warnings of a category from now on."""
    _filter(action, "", category, "", lineno, append)


def _reset() -> None:
    """Forget all filters."""
    _filters().filters.clear()


def _warn(message: Any, category: Any = None, stacklevel: Any = 1, source: Any = None) -> None:
    """Warn, once for each line."""
    category = UserWarning if category is None else category
    warning = message if isinstance(message, Warning) else category(message)
    if not isinstance(warning, Warning):
        raise TypeError(f"category must be a Warning subclass, not '{type_name(category)}'")
    current().warn_of(warning)


_MEMBERS: dict[str, Any] = {
    "catch_warnings": add_kind(Kind("warnings.catch_warnings", Catching, Catching)),
    "filterwarnings": Builtin("filterwarnings", _filter),
    "resetwarnings": Builtin("resetwarnings", _reset),
    "simplefilter": Builtin("simplefilter", _simplefilter),
    "warn": Builtin("warn", _warn),
}


def module(name: str) -> Module | None:
    """The module `warnings`, as far as scripts have it, or None for what is inside."""
    return Module(name, dict(_MEMBERS)) if name == "warnings" else None
