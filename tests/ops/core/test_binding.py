"""From a call as it is written to a row: arguments by place and by name, and what is wrong where no row fits."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import pytest

from gradcli.errors import Problem
from gradcli.graph.tensor import from_array
from gradcli.ops.catalogue import FUNCTIONS, METHODS
from tests.batches import every
from tests.ops.gradcli_library import Gradcli

ARGUMENTS = (
    "",
    "None",
    "'a'",
    "x, 'a'",
    "x, None, None",
    "x, bogus=1",
    "x, x, x, x, x, x, x",
    "[]",
    "[[1], [2, 3]]",
    "x, -7",
    "x, [0, 0]",
    "x, 10**30",
    "x > 0",
    "x, 1e400",
    "tensor(2), tensor(3)",
    "1, 2, 3",
    "dim=0",
    "x, dim=-9",
    "0",
    "-1, 1",
    "[0, 1]",
    "x[:0]",
    "y=x",
    "x, y",
    "dtype=float32",
    "dtype=bool",
    "x, x > 0, 1.5",
    "True",
    "5.5",
    "x, float32",
    "reduction='sum'",
    "x, x, reduction='none'",
)


def compute(text: str, **operands: Any) -> Any:
    variables = {"x": from_array(np.arange(6.0).reshape(2, 3), True), "y": from_array(np.ones((2, 3))), **operands}
    return Gradcli().compute(text, variables)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x.sum(0, True)", "sum(input=x, axis=0, keepdims=True)"),
        ("x.reshape(3, 2)", "x.reshape([3, 2])"),
        ("x.view(-1)", "view(x, (-1,))"),
        ("zeros(2, 3)", "zeros(size=[2, 3])"),
        ("max(x, dim=1).values", "x.max(1)[0]"),
        ("x.add(y, alpha=2)", "add(x, other=y, alpha=2)"),
        ("torch.linalg.inv(eye(2))", "inverse(input=eye(2))"),
        ("linalg.inv(A=eye(2))", "inv(eye(2))"),
        ("[[1., 2], [3, 4]] @ eye(2)", "tensor([[1., 2], [3, 4]])"),
        ("where([[True], [False]], x, 0)", "x.where([[True], [False]], 0)"),
        ("x.sum(tensor(0))", "x.sum(0)"),
        ("full((2,), tensor(3.))", "full([2], 3.)"),
        ("mean(x, dtype='float32')", "x.mean(dtype=torch.float32)"),
    ],
)
def test_two_spellings_of_one_call(one: str, other: str) -> None:
    first, second = compute(one).ndarray, compute(other).ndarray
    assert first.dtype == second.dtype
    np.testing.assert_array_equal(first, second)
    assert np.isfinite(first).all()


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("exp()", 'exp() missing 1 required positional arguments: "input"', "the signature is exp(input)"),
        ("exp(x, 1)", "exp() takes 1 positional argument but 2 were given", "the signature is exp(input)"),
        ("mm()", 'mm() missing 2 required positional arguments: "input", "mat2"', "mm(input, mat2)"),
        ("x.mm()", 'mm() missing 1 required positional arguments: "mat2"', "mm(input, mat2)"),
        ("x.tril(1, 2)", "tril() takes 1 positional argument but 2 were given", "tril(input"),
        ("exp(x, dims=0)", "exp() got an unexpected keyword argument 'dims'", "exp(input)"),
        (
            "sum(x, dims=0)",
            "sum() got an unexpected keyword argument 'dims'",
            "did you mean 'dim'?",
        ),
        (
            "sum(x, 0, dim=1)",
            "sum() received an invalid combination of arguments - got (Tensor, int, dim=int)",
            "sum(input, dim",
        ),
        (
            "sum(x, 'rows')",
            "sum() received an invalid combination of arguments - got (Tensor, str): argument 'dim'",
            "sum(input",
        ),
        ("x.sum('rows')", "sum() received an invalid combination of arguments - got (str): argument 'dim'", "sum(input"),
        ("cumsum(x, 'a')", "cumsum(): argument 'dim' (position 2) must be int, not str", "cumsum(input, dim"),
        ("x.cumsum('a')", "cumsum(): argument 'dim' (position 1) must be int, not str", "cumsum(input, dim"),
        ("cumsum(x, dim=1.5)", "cumsum(): argument 'dim' must be int, not float", "cumsum(input, dim"),
        ("topk(x, 1, largest=3)", "topk(): argument 'largest' must be bool, not int", "topk(input"),
        (
            "flip(x, ['a'])",
            "flip(): argument 'dims' (position 2) must be tuple of ints, but found element of type str at pos 0",
            "",
        ),
        ("zeros(2, dtype='a')", "zeros(): argument 'dtype' must be torch.dtype, not str", "zeros("),
        ("mm(x, None)", "mm(): argument 'mat2' (position 2) must be Tensor, not NoneType", "mm(input, mat2)"),
        ("add(x, 'a')", "add(): argument 'other' (position 2) must be Tensor, not str", "add(input"),
        ("linalg.eigh(x, 3)", "linalg_eigh(): argument 'UPLO' (position 2) must be str, not int", "linalg.eigh("),
        ("cat(x, y)", "cat(): argument 'tensors' (position 1) must be tuple of Tensors, not Tensor", "write cat([x, y])"),
        (
            "x.clamp(min=0, max='a')",
            "clamp() received an invalid combination of arguments - got (min=int, max=str)",
            "clamp(input",
        ),
        ("gather(x, 1, 0)", "gather(): argument 'index' (position 3) must be Tensor, not int", "gather(input"),
        ("arange()", "arange() received an invalid combination of arguments - got (): missing", "arange("),
        ("x.pow(y, 2)", "pow() takes 1 positional argument but 2 were given", "pow(input, exponent)"),
        ("softplus(x, beta=x.sum())", "softplus(): argument 'beta' must be Number, not Tensor", "it is not differentiable"),
    ],
)
def test_what_is_wrong_with_a_call(text: str, message: str, hint: str) -> None:
    with pytest.raises(Problem) as caught:
        compute(text)
    problem = caught.value
    assert (problem.code, problem.type) == ("argument", "TypeError")
    assert problem.message.startswith(message)
    assert hint in (problem.hint or "")


@pytest.mark.parametrize(
    ("text", "type", "message"),
    [
        ("matrix_power(x, 2**64)", "ValueError", "Overflow when unpacking long long"),
        ("mse_loss(x, x, reduction='foo')", "ValueError", "foo is not a valid value for reduction"),
        ("gelu(x, approximate='foo')", "RuntimeError", "approximate argument must be either none or tanh."),
        ("pad(x, (1, 1), mode='foo')", "NotImplementedError", "Unrecognised padding mode foo"),
        ("cdist(x, x, compute_mode='foo')", "ValueError", "foo is not a valid value for compute_mode"),
        (
            "searchsorted(x, x, side='foo')",
            "RuntimeError",
            "torch.searchsorted(): side can only be 'left' or 'right' but got foo",
        ),
        ("norm(x, 'foo')", "RuntimeError", "linalg.matrix_norm: Order foo not supported."),
    ],
)
def test_a_number_too_large_and_a_word_that_is_none(text: str, type: str, message: str) -> None:
    with pytest.raises(Problem) as caught:
        compute(text)
    assert (caught.value.type, caught.value.message) == (type, message)


@pytest.mark.parametrize("text", [f"{name}(sum(x), 3)" for name in ("max", "min", "median", "sum", "softmax", "sort")])
def test_a_number_has_no_dimension_but_the_first_and_the_last(text: str) -> None:
    with pytest.raises(Problem) as caught:
        compute(text)
    assert caught.value.message == "Dimension out of range (expected to be in range of [-1, 0], but got 3)"


@every([*[f"{name}(" for name in FUNCTIONS], *[f"x.{name}(" for name in METHODS]])
def test_any_call_gives_a_result_or_a_problem(start: str) -> None:
    """Never a traceback: whatever is wrong is said."""
    for arguments in ARGUMENTS:
        with contextlib.suppress(Problem):
            compute(f"{start}{arguments})")
