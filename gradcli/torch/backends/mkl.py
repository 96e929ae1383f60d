"""There is no such library here."""


def is_available() -> bool:
    """False."""
    return False
