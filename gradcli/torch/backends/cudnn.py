"""Switches that change nothing here."""

benchmark = deterministic = False
enabled = allow_tf32 = True
benchmark_limit = None


def is_available() -> bool:
    """False."""
    return False


def version() -> None:
    """There is none."""
