"""Tensors of classes that a program derives, and attributes of its own."""

from __future__ import annotations

import numpy as np

from gradcli.engine import inplace, reverse_mode
from gradcli.graph.tensor import Tensor, from_array
from gradcli.ops.elementwise.trigonometry import sin


class Weight(Tensor):
    """A class of a program's own."""


class Secretive(Tensor):
    """One that answers for what it does not have."""

    def __getattr__(self, name: str) -> str:
        return f"no {name}"


def test_any_attribute_can_be_set() -> None:
    x = from_array(np.ones(2))
    x.unit = "m"  # type: ignore[attr-defined]
    assert vars(x) == {"unit": "m"}


def test_operations_take_tensors_of_any_class() -> None:
    for kind in (Weight, Secretive):
        w = from_array(np.array([1.0, 2.0]), True, kind=kind)
        out = sin(w * 2 + w) @ w
        reverse_mode.backward([out], [None])
        assert isinstance(out, Tensor)  # of that class where gradcli.torch has been imported, as there
        assert type(w._grad) is Tensor
        expected = np.sin(3 * w.ndarray) + 3 * np.cos(3 * w.ndarray) * w.ndarray
        np.testing.assert_allclose(w._grad.ndarray, expected)


def test_they_change_in_place_and_stay_what_they_are() -> None:
    w = from_array(np.array([1.0, 2.0]), kind=Weight)
    assert inplace.augment("+", w, from_array(np.ones(2), kind=Weight)) is w
    inplace.assign_index(w, 0, from_array(np.array(5.0), kind=Weight))
    assert w.ndarray.tolist() == [5.0, 3.0]
