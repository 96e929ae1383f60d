"""There is no such library here."""

enabled = False


def is_available() -> bool:
    """False."""
    return False
