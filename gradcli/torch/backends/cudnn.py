"""Switches that change nothing here."""

benchmark = deterministic = enabled = allow_tf32 = False


def is_available() -> bool:
    """False."""
    return False
