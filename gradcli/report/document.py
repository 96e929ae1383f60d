"""What all JSON documents share: the writer of plain values, and the opening with schema and id."""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers know the name; to import it takes milliseconds of every --help
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final

    from gradcli.errors import Span

MISSING: Final[Any] = object()  # no id; any bare object() says the same, since no JSON value is one

# What may stand in a JSON string and still break a line, hide, or be refused by a strict reader.
_UNSAFE: Final = "[\x7f-\x9f\u2028\u2029\ud800-\udfff]"

_encode: Callable[[Any], str] | None = None


def encoded(value: Any) -> str:
    """The JSON of a plain value, on one line, valid for any strict parser; raises ValueError for NaN and infinities."""
    global _encode
    if _encode is None:
        import json  # a sentence on stderr passes through this module, too, and does without

        _encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
    return strict(_encode(value))


def strict(text: str) -> str:
    """JSON text without what some readers stumble over."""
    if text.isascii():
        return text if "\x7f" not in text else text.replace("\x7f", "\\u007f")
    import re

    return re.sub(_UNSAFE, _escaped, text)


def _escaped(match: Any) -> str:
    code = ord(match[0])
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else f"\\u{code:04x}"  # a lone surrogate is half of a character


def opening(schema: str, id: Any = MISSING) -> dict[str, Any]:
    """How a document begins: {"schema": ...}, and the "id" of the record that it answers, where it has one."""
    return {"schema": schema} if type(id) is object else {"schema": schema, "id": _strict(id)}


def _strict(id: Any) -> Any:
    """The id, any value of JSON; NaN and infinities, which Python reads but JSON does not have, become words."""
    import json

    return json.loads(json.dumps(id), parse_constant=str)


def place(span: Span | None) -> dict[str, int] | None:
    """A place in a source text."""
    return None if span is None else {field: getattr(span, field) for field in span.__slots__}
