"""What holds for every test of the package that programs import."""

from __future__ import annotations

import pytest

from gradcli.ops.core import dtypes


@pytest.fixture(autouse=True)
def _numbers_are_doubles() -> None:
    """Not here: programs begin with float32."""
    dtypes.set_default_dtype(dtypes.by_name("float32"))
