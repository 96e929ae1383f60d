"""Which attributes and methods of Python's own values a script may use, type by type.

A name that stands in no table does not exist.  Methods whose result could outgrow memory, and those that would walk
through `"{0.__class__}"` by themselves, are replaced by our own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import GeneratorType
from typing import Any

from gradcli.run.script.guards import bounded, collect, reserve, rows, watched

MEMBERS: dict[type, dict[str, Any]] = {}  # descriptors, as they stand in the class

# What a class defines for the interpreter to call, and a script may call by name: mostly through super().
_SPECIAL = """abs add bool call contains delitem enter eq exit float ge getitem gt hash init int iter le len lt ne neg
              next radd repr reversed rsub rtruediv setitem str sub truediv"""
PROTOCOL = frozenset({f"__{name}__" for name in _SPECIAL.split()})


def find(kind: type, name: str) -> Any:
    """The descriptor of an attribute that values of this type may be asked for, or None."""
    for each in kind.__mro__:
        found = member(each, name)
        if found is not None:
            return found
    return None


def member(host: type, name: str) -> Any:
    """What one class of the host lends under this name to its values, or None."""
    found = MEMBERS.get(host, {}).get(name)
    if found is None and name in PROTOCOL and host is not type and host.__module__ == "builtins":
        return vars(host).get(name)
    return found


def names(host: type) -> list[str]:
    """Every plain name that `find` knows for a class."""
    return sorted({name for each in host.__mro__ for name in MEMBERS.get(each, {}) if name[:2] != "__"})


def allow(host: type, words: str = "", **ours: Any) -> None:
    """Enter the names of a type, and what replaces its own; names that this version of Python lacks are left out."""
    own = vars(host)
    MEMBERS[host] = {**{name: own[name] for name in words.split() if name in own}, **ours}


# --- text -----------------------------------------------------------------------------------------------------------


def _padded(pad: Callable[..., str]) -> Callable[..., str]:
    def padded(text: str, width: Any, *fill: Any) -> str:
        if isinstance(width, int):
            reserve(width, 4, "the padded text")
        return pad(text, width, *fill)

    return padded


def _expandtabs(text: str, tabsize: int = 8) -> str:
    reserve(str.count(text, "\t") * tabsize, 4, "the text")
    return str.expandtabs(text, tabsize)


def _replace(text: str, old: str, new: str, count: int = -1) -> str:
    if isinstance(old, str) and isinstance(new, str):
        reserve(str.count(text, old) * str.__len__(new), 1, "the text")
    return str.replace(text, old, new, count)


def _join(text: str, items: Any) -> str:
    items = rows(items)
    try:
        iter(items)
    except TypeError:
        raise TypeError("can only join an iterable") from None
    parts = collect(items, "text")
    length = sum([str.__len__(each) for each in parts if isinstance(each, str)])
    reserve(length + str.__len__(text) * len(parts), 1, "the text")
    return str.join(text, parts)


def _translate(text: str, table: Any) -> str:
    if isinstance(table, dict):
        longest = max([str.__len__(each) for each in table.values() if isinstance(each, str)], default=1)
        reserve(str.__len__(text) * longest, 1, "the text")
    return str.translate(text, table)


def _format(text: str, /, *args: Any, **words: Any) -> str:
    from gradcli.run.script.formatting import format_method  # which reads attributes, and stands above this module

    return format_method(text, args, words)


def _format_map(text: str, mapping: Mapping[str, Any], /) -> str:
    from gradcli.run.script.formatting import format_map

    return format_map(text, mapping)


# --- containers -----------------------------------------------------------------------------------------------------


def bounding(method: Callable[..., Any]) -> Callable[..., Any]:
    """A method that takes all items of its arguments."""

    def bound(value: Any, /, *others: Any, **words: Any) -> Any:
        return method(value, *map(bounded, others), **words)

    return bound


def _fromkeys(cls: Any, keys: Any, value: Any = None, /) -> Any:
    return vars(dict)["fromkeys"].__get__(None, cls)(bounded(keys), value)


def _count_in_range(values: range, value: Any, /) -> int:
    return values.count(value) if type(value) is int else sum(each == value for each in watched(values))


def _index_in_range(values: range, value: Any, /) -> int:
    if type(value) is int:
        return values.index(value)
    for place, each in enumerate(watched(values)):
        if each == value:
            return place
    raise ValueError("sequence.index(x): x not in sequence")


allow(
    str,
    """capitalize casefold count endswith find index isalnum isalpha isascii isdecimal isdigit isidentifier islower
       isnumeric isprintable isspace istitle isupper lower lstrip maketrans partition removeprefix removesuffix rfind
       rindex rpartition rsplit rstrip split splitlines startswith strip swapcase title upper""",
    **{name: _padded(vars(str)[name]) for name in ("center", "ljust", "rjust", "zfill")},
    expandtabs=_expandtabs,
    format=_format,
    format_map=_format_map,
    join=_join,
    replace=_replace,
    translate=_translate,
)
allow(int, "as_integer_ratio bit_count bit_length conjugate denominator imag is_integer numerator real")
allow(float, "as_integer_ratio conjugate fromhex hex imag is_integer real")
allow(complex, "conjugate imag real")
allow(
    list,
    "append clear copy count index insert pop remove reverse sort",
    extend=bounding(list.extend),
    __init__=bounding(vars(list)["__init__"]),
)
allow(tuple, "count index")
allow(range, "start step stop", count=_count_in_range, index=_index_in_range)
allow(slice, "indices start step stop")
allow(
    dict,
    "clear copy get items keys pop popitem setdefault values",
    fromkeys=classmethod(_fromkeys),
    update=bounding(dict.update),
    __init__=bounding(vars(dict)["__init__"]),
)
for _view in (type({"": 0}.keys()), type({"": 0}.items())):
    allow(_view, "isdisjoint")
_OF_OTHERS = """difference difference_update intersection intersection_update isdisjoint issubset issuperset
                symmetric_difference symmetric_difference_update union update __init__"""
for _set in (set, frozenset):
    _own = vars(_set)
    allow(
        _set,
        "add clear copy discard pop remove",
        **{name: bounding(_own[name]) for name in _OF_OTHERS.split() if name in _own},
    )
allow(GeneratorType, "close send throw")
allow(property, "deleter getter setter")
allow(BaseException, "add_note args")
allow(StopIteration, "value")
allow(SystemExit, "code")
allow(OSError, "errno filename strerror")
allow(NameError, "name")
allow(AttributeError, "name")
allow(ImportError, "msg name")
allow(type(sys.float_info), "dig epsilon mant_dig max max_10_exp max_exp min min_10_exp min_exp radix rounds")
allow(type(sys.version_info), "major micro minor releaselevel serial")
