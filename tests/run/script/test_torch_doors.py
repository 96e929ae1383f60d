"""What the doors of the torch namespace refuse, suggest, remember and keep to themselves."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops import creation, dtypes
from gradcli.run.script import attributes, context, exposed, modules, random, tensors
from tests.run.script.ran import ran

TORCH = [
    "torch", "torch.autograd", "torch.autograd.functional", "torch.autograd.gradcheck", "torch.autograd.grad_mode",
    "torch.autograd.variable", "torch.cuda", "torch.linalg", "torch.nn", "torch.nn.functional", "torch.nn.parameter",
    "torch.random", "torch.special",
]  # fmt: skip


class Output:
    """What a run wrote."""

    def __init__(self) -> None:
        self.out = ""
        self.err = ""

    def write(self, text: str) -> None:
        self.out += text

    def write_error(self, text: str) -> None:
        self.err += text


@pytest.fixture(autouse=True)
def output() -> Iterator[Output]:
    """A run of its own, in float32."""
    before, written = dtypes.default_dtype(), Output()
    dtypes.set_default_dtype(np.dtype(np.float32))
    context.enter(context.Context("script.py", written.write, written.write_error, print))
    yield written
    context.leave()
    dtypes.set_default_dtype(before)


def get(path: str) -> Any:
    """`torch.nn.functional.relu`, one dot after the other."""
    first, *rest = path.split(".")
    value: Any = modules.find(first)
    for name in rest:
        value = attributes.read(value, name)
    return value


def ones(*size: int, **keywords: Any) -> Any:
    return get("torch.ones")(*size, **keywords)


def refusal(call: Any, *args: Any, **keywords: Any) -> Problem:
    with pytest.raises(Problem) as caught:
        call(*args, **keywords)
    return caught.value


# --- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*TORCH, "math", "sys", "time", "__future__"])
def test_module_is_found_by_name_and_reads_all_its_names(name: str) -> None:
    module = modules.find(name)
    assert repr(module) == f"<module '{name}'>"
    assert module.names()
    assert set(module.public()) == {each for each in module.names() if each[0] != "_"}


@pytest.mark.parametrize("name", [name for name in TORCH if "." in name and name != "torch.autograd.gradcheck"])
def test_module_is_a_member_of_the_one_around_it(name: str) -> None:
    assert get(name) is modules.find(name)


def test_gradcheck_is_a_function_and_a_module_to_import_from() -> None:
    home = modules.find("torch.autograd.gradcheck")
    assert get("torch.autograd.gradcheck") is modules.member(home, "gradcheck")
    assert issubclass(modules.member(home, "GradcheckError"), RuntimeError)


@pytest.mark.parametrize("name", ["numpy.lib", "os", "torch.jit", "torch.foo", "builtins", "gradcli"])
def test_other_modules_are_refused(name: str) -> None:
    problem = refusal(modules.find, name)
    assert (problem.type, problem.message) == ("ModuleNotFoundError", f"No module named '{name}' in gradcli scripts")
    assert "torch" in (problem.hint or "")


def test_import_from_finds_members_and_modules_inside() -> None:
    assert modules.member(modules.find("torch"), "autograd") is modules.find("torch.autograd")
    assert modules.member(modules.find("torch.nn"), "functional") is modules.find("torch.nn.functional")
    problem = refusal(modules.member, modules.find("torch"), "onse")
    assert (problem.type, problem.message) == ("ImportError", "cannot import name 'onse' from 'torch'")
    assert problem.hint == "did you mean 'ones'?"


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("torch.onse", "'ones'"),
        ("torch.nn.functional.mse_los", "'mse_loss'"),
        ("torch.nn.Liner", "'Linear'"),
        ("torch.nn.Transformer", "derive a class from nn.Module"),
        ("torch.optim.LBFGS", "torch.no_grad()"),
        ("torch.float23", "'float32'"),
    ],
)
def test_unknown_member_has_a_hint(path: str, hint: str) -> None:
    module, _, name = path.rpartition(".")
    problem = refusal(get, path)
    assert problem.type == "AttributeError"
    assert problem.message == f"module '{module}' has no attribute '{name}'"
    assert hint in (problem.hint or "")


def test_unknown_attribute_of_a_tensor_has_a_hint() -> None:
    assert refusal(attributes.read, ones(2), "bakward").hint == "did you mean 'backward'?"


def test_a_script_may_put_attributes_on_a_tensor_and_is_warned_of_a_slip() -> None:
    seen = ran("import torch\nx = torch.ones(2)\nx.label = 'w'\nx.gard = None\nprint(x.label)\ndel x.label\nx.label")
    assert seen.out == "w\n"
    assert [message.endswith("did you mean 'grad'?") for _, message in seen.warnings] == [True]
    assert seen.problem is not None
    assert seen.problem.message.endswith("'Tensor' object has no attribute 'label'")


def test_completion_knows_attributes_methods_and_changes() -> None:
    assert {"grad", "shape", "sum", "backward", "add_", "zero_", "requires_grad_", "numpy"} <= set(tensors.names())
    assert {"ones", "float32", "no_grad", "nn", "FloatTensor"} <= set(modules.find("torch").names())
    assert {"relu", "mse_loss"} <= set(modules.find("torch.nn.functional").names())


# --- what stays inside ----------------------------------------------------------------------------------------------

HIDDEN = (
    "__globals__", "__dict__", "__func__", "__self__", "__subclasses__", "__mro__", "__bases__", "array", "node",
    "rows", "members", "more", "stream", "values", "kind", "function", "handle", "root", "recipes", "call", "base",
)  # fmt: skip


@pytest.mark.parametrize("hidden", HIDDEN)
def test_nothing_leads_to_the_host(hidden: str) -> None:
    x = ones(2, requires_grad=True)
    handle = attributes.read(x, "register_hook")(lambda g: g)
    array = attributes.read(ones(2), "numpy")()
    found = [
        x, handle, array, get("torch.no_grad")(), get("torch.no_grad")(lambda: None), get("torch.device")("cpu"),
        *[modules.find(name) for name in ("torch", "sys", "math")], modules.find("sys").read("stdout"),
        *[get(f"torch.{name}") for name in ("sum", "float32", "Tensor", "no_grad", "autograd.grad")],
        *[get(f"torch.{name}") for name in ("default_generator", "cuda.is_available", "random.manual_seed")],
        *[get(f"torch.{name}") for name in ("autograd.Function", "nn.Parameter", "backends", "Size", "strided")],
        *[attributes.read(x, name) for name in ("sum", "backward", "add_", "shape")], attributes.read(array, "sum"),
        attributes.read(x * 2, "grad_fn"), attributes.read(x, "untyped_storage")(),
    ]  # fmt: skip
    for value in found:
        assert refusal(attributes.read, value, hidden).type == "AttributeError"


def test_modules_cannot_be_changed() -> None:
    with pytest.raises(Problem, match="read-only"):
        attributes.write(modules.find("torch"), "sum", None)


def test_arrays_take_no_objects_and_no_files() -> None:
    array = attributes.read(ones(2), "numpy")()
    assert refusal(attributes.read, array, "tofile").type == "AttributeError"
    assert refusal(attributes.read(array, "astype"), "object").type == "TypeError"
    assert attributes.read(attributes.read(array, "astype")("int"), "tolist")() == [1, 1]


# --- calls ----------------------------------------------------------------------------------------------------------


def test_calls_that_differ_only_in_kind_are_told_apart() -> None:
    x, zero = ones(2, 2), get("torch.mul")
    assert math.copysign(1, zero(x, -0.0).array[0, 0]) == -1
    assert math.copysign(1, zero(x, 0.0).array[0, 0]) == 1
    assert zero(x, 1).dtype == zero(x, 1.0).dtype == zero(x, True).dtype == np.float32
    whole = attributes.read(x, "long")()
    assert [zero(whole, by).dtype.name for by in (2, 2.0, True)] == ["int64", "float32", "int64"]
    total = get("torch.sum")
    assert [total(x).shape, total(x, 0).shape, total(x, dim=0, keepdim=True).shape] == [(), (2,), (1, 2)]


def test_a_call_of_many_ways_stays_right() -> None:
    x = ones(1)
    assert [get("torch.mul")(x, by).array.item() for by in range(200)] == list(range(200))
    assert get("torch.mul")(x, 7).array.item() == 7


def test_a_tensor_may_be_given_by_keyword() -> None:
    assert get("torch.mul")(ones(2), other=ones(2) * 3).array.tolist() == [3, 3]
    assert get("torch.mul")(ones(2), other=ones(2) * 4).array.tolist() == [4, 4]


def test_binding_errors_name_the_function() -> None:
    problem = refusal(get("torch.sum"), ones(2), foo=1)
    assert problem.type == "TypeError"
    assert problem.message.startswith("sum()")


def test_a_generator_is_used_for_one_call_only() -> None:
    shared = creation.generator()
    random.manual_seed(1)
    expected = shared.rand((3,), np.float32).tolist()
    random.manual_seed(1)
    own = random.GeneratorObject().manual_seed(2)
    first = get("torch.rand")(3, generator=own).array.tolist()
    with pytest.raises(Problem):
        get("torch.normal")(0.0, -1.0, (2,), generator=own)
    assert shared.rand((3,), np.float32).tolist() == expected
    random.manual_seed(2)
    assert shared.rand((3,), np.float32).tolist() == first


# --- the run's own --------------------------------------------------------------------------------------------------


def test_warning_of_the_gradient_of_a_tensor_that_is_no_leaf_comes_once_a_line(output: Output) -> None:
    y = ones(2, requires_grad=True) * 2
    for _ in range(3):
        assert attributes.read(y, "grad") is None
    assert output.err.count("UserWarning: The .grad attribute of a Tensor that is not a leaf Tensor is being accessed.") == 1
    assert output.err.startswith("script.py:0: ")
    kept = ones(2, requires_grad=True) * 2
    attributes.read(kept, "retain_grad")()
    attributes.read(kept, "grad")
    attributes.read(ones(2), "grad")
    assert output.err.count("UserWarning") == 1


def test_print_options_go_to_whoever_prints() -> None:
    asked: list[Any] = []
    context.current().print_options = lambda *args, **options: asked.append((args, options))
    get("torch.set_printoptions")(precision=2, sci_mode=False)
    assert asked == [((), {"precision": 2, "sci_mode": False})]


def test_sys_writes_to_the_run_and_ends_it(output: Output) -> None:
    system = modules.find("sys")
    attributes.read(system.read("stdout"), "write")("one")
    attributes.read(system.read("stderr"), "write")("two")
    assert (output.out, output.err) == ("one", "two")
    with pytest.raises(SystemExit):
        system.read("exit")(3)
    assert attributes.read(system.read("version_info"), "major") == 3


def test_every_name_is_exposed_on_purpose() -> None:
    for kind, (_, names) in exposed.FOREIGN.items():
        assert all([hasattr(kind, name) or name in getattr(kind, "__slots__", ()) for name in names])


def test_parameters_are_told_by_identity_and_forgotten() -> None:
    from gradcli.run.script.constructors import is_parameter

    x = ones(2)
    p = get("torch.nn.Parameter")(x)
    assert is_parameter(p)
    assert not is_parameter(x)
    assert not is_parameter(Tensor(p.array))
