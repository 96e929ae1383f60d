"""What a call gives, as something to compare: its value's text and type, or its error's type and words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradcli.errors import Problem


def outcome(call: Callable[..., Any], *args: Any, **words: Any) -> tuple[str, ...]:
    """("value", type, repr), or ("error", type, message); a Problem counts as the exception that it stands for."""
    try:
        value = call(*args, **words)
    except Problem as problem:
        return ("error", problem.type, problem.message)
    except Exception as error:
        return ("error", type(error).__name__, str(error))
    return ("value", type(value).__name__, repr(value))
