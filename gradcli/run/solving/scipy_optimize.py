"""SciPy's optimizers, imported when a solver runs: 150 ms that no other command pays."""

from __future__ import annotations

from typing import Any

from gradcli.errors import Problem


def optimize(command: str) -> Any:
    """The module scipy.optimize.  Raises Problem where the extra is not installed."""
    try:
        import scipy.optimize
    except ImportError:
        raise Problem(
            "missing-extra",
            f"gradcli {command} needs SciPy, which is not installed",
            type="ImportError",
            hint="install it with: pip install 'gradcli[solve]'",
        ) from None
    return scipy.optimize
