"""`torch.__future__`: ways in which modules may come to change their parameters, off unless a program turns them on."""

from __future__ import annotations

from contextvars import ContextVar

_swapping: ContextVar[bool] = ContextVar("parameters are swapped", default=False)
_overwriting: ContextVar[bool] = ContextVar("parameters are overwritten", default=False)


def set_swap_module_params_on_conversion(value: bool) -> None:
    """Whether conversions and loaded states swap a module's parameters with new ones, which keep their identity."""
    _swapping.set(value)


def get_swap_module_params_on_conversion() -> bool:
    """Whether they do."""
    return _swapping.get()


def set_overwrite_module_params_on_conversion(value: bool) -> None:
    """Whether conversions put new parameters in the places of a module's; here they change these where they can."""
    _overwriting.set(value)


def get_overwrite_module_params_on_conversion() -> bool:
    """Whether they do."""
    return _overwriting.get()
