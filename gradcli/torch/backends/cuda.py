"""There is no CUDA."""


def is_built() -> bool:
    """False."""
    return False
