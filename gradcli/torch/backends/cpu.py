"""What is computed with."""


def get_cpu_capability() -> str:
    """What PyTorch has where it knows of no vector instructions."""
    return "DEFAULT"
