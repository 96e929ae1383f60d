"""The namespace `torch` and the modules inside it: the table's rows by name, and what else such scripts use."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

import gradcli.ops.usual  # noqa: F401  (enters the rows)
from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.ops import dtypes
from gradcli.ops.properties import Size
from gradcli.ops.table import FUNCTIONS
from gradcli.run.script import anomaly, autograd, constructors, modes, random, tensor_methods
from gradcli.run.script.calls import TableFunction, function
from gradcli.run.script.classes import Kind, add_kind
from gradcli.run.script.context import current
from gradcli.run.script.dtypes import (
    CPU,
    DTYPES,
    STRIDED,
    Device,
    DType,
    FloatInfo,
    WholeInfo,
    check_device,
    device,
    kind_of,
    legacy_name,
    of,
)
from gradcli.run.script.exposed import Exposed
from gradcli.run.script.modules import Deferred, Module, find
from gradcli.run.script.notices import functional, renamed
from gradcli.run.script.raising import LinAlgError
from gradcli.run.script.warnings import warn_once

VERSION = "2.13.0"
_HOME = frozenset({"torch", "F", "torch.linalg", "torch.special"})  # namespaces whose names stand in `torch`, too
# What torch.nn.functional and torch.special have besides the rows that are at home there.
_ALSO_FUNCTIONAL = frozenset({
    "celu", "dropout", "elu", "gelu", "hardshrink", "leaky_relu", "logsigmoid", "prelu", "relu", "relu6", "selu",
    "sigmoid", "silu", "softmax", "softplus", "tanh", "threshold",
})  # fmt: skip
_ALSO_SPECIAL = frozenset({
    "digamma", "erf", "erfc", "erfinv", "exp2", "expit", "expm1", "gammaln", "i0", "log1p", "log_softmax", "logit",
    "logsumexp", "polygamma", "psi", "round", "sinc", "softmax", "xlog1py", "xlogy",
})  # fmt: skip
# Made when asked for: no script uses all of it.
_INSIDE = ("autograd", "cuda", "func", "linalg", "nn", "optim", "random", "special", "utils")
_DRAWN_FROM = "default_generator"


def _set_printoptions(*args: Any, **options: Any) -> None:
    current().print_options(*args, **options)


# --- dtypes ---------------------------------------------------------------------------------------------------------


def _set_default_dtype(d: Any) -> None:
    if not isinstance(d, DType) or not d.is_floating_point:
        raise Problem(
            "dtype",
            "only floating-point types are supported as the default type",
            type="TypeError",
            hint="torch.float32, torch.float64 or torch.float16",
        )
    dtypes.set_default_dtype(d.kind)


def _set_default_tensor_type(t: Any) -> None:
    warn_once(
        "torch.set_default_tensor_type() is deprecated as of PyTorch 2.1, please use torch.set_default_dtype() and "
        "torch.set_default_device() as alternatives."
    )
    named = constructors.class_named(t) if isinstance(t, str) else t
    kind = named.kind if isinstance(named, constructors.TensorClass) else None
    if kind is None or kind.kind != "f":
        raise Problem(
            "dtype",
            "only floating-point types are supported as the default type",
            type="TypeError",
            hint="torch.FloatTensor or torch.DoubleTensor",
        )
    dtypes.set_default_dtype(kind)


def _result_type(*values: Any) -> DType:
    return of(dtypes.promoted([each.array if type(each) is Tensor else each for each in values]))


def _promote_types(type1: DType, type2: DType) -> DType:
    import numpy as np

    return of(dtypes.promoted([np.empty(1, kind_of(type1)), np.empty(1, kind_of(type2))]))


# --- questions ------------------------------------------------------------------------------------------------------


def _of_tensor(name: str) -> Callable[..., Any]:
    """A method of tensors as a function, which wants a tensor."""

    def call(input: Any, *args: Any, **keywords: Any) -> Any:
        if type(input) is not Tensor:
            raise Problem(
                "type",
                f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}",
                type="TypeError",
            )
        return tensor_methods.METHODS[name](input, *args, **keywords)

    return call


def _meshgrid(*tensors: Any, indexing: str | None = None) -> Any:
    """The grid of vectors given one by one, or in a list."""
    if indexing is None:
        warn_once("torch.meshgrid: in an upcoming release, it will be required to pass the indexing argument.")
    listed = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else list(tensors)
    return function("meshgrid")(listed, indexing=indexing or "ij")


def _broadcast_shapes(*shapes: Any) -> Size:
    import numpy as np

    from gradcli.graph.tape import broadcast_problem

    empty = [np.broadcast_to(np.empty(()), shape) for shape in shapes]
    problem = broadcast_problem(empty)
    if problem is not None:
        raise problem
    return Size(np.broadcast_shapes(*shapes))


def _typename(value: Any) -> str:
    return legacy_name(value.dtype) if type(value) is Tensor else type(value).__name__


# --- the namespace --------------------------------------------------------------------------------------------------


def _size(lengths: Iterable[int] = ()) -> Size:
    return Size(lengths)


_CONSTANTS: dict[str, Any] = {
    "__version__": VERSION,
    "e": math.e,
    "inf": math.inf,
    "nan": math.nan,
    "newaxis": None,
    "pi": math.pi,
    "strided": STRIDED,
}
_CLASSES: dict[str, Any] = {
    "Size": add_kind(Kind("torch.Size", Size, _size)),
    "device": add_kind(Kind("torch.device", Device, device)),
    "dtype": add_kind(Kind("torch.dtype", DType)),
    "finfo": add_kind(Kind("torch.finfo", FloatInfo, FloatInfo)),
    "iinfo": add_kind(Kind("torch.iinfo", WholeInfo, WholeInfo)),
    **DTYPES,
    **constructors.CLASSES,
}
_MODES_AND_SEEDS: dict[str, Any] = {
    "Generator": add_kind(Kind("torch._C.Generator", random.GeneratorObject, random.GeneratorObject)),
    "bernoulli": random.bernoulli,
    "enable_grad": modes.enable_grad,
    "get_rng_state": random.get_rng_state,
    "inference_mode": modes.inference_mode,
    "initial_seed": random.initial_seed,
    "is_anomaly_enabled": anomaly.is_anomaly_enabled,
    "is_grad_enabled": modes.is_grad_enabled,
    "is_inference_mode_enabled": modes.is_inference_mode_enabled,
    "manual_seed": random.manual_seed,
    "multinomial": random.multinomial,
    "no_grad": modes.no_grad,
    "normal": random.normal,
    "randint_like": random.randint_like,
    "randperm": random.randperm,
    "seed": random.seed,
    "set_grad_enabled": modes.set_grad_enabled,
    "set_rng_state": random.set_rng_state,
}
_FUNCTIONS: dict[str, Any] = {
    "broadcast_shapes": _broadcast_shapes,
    "can_cast": lambda from_, to: _promote_types(from_, to).kind.kind == to.kind.kind,
    "equal": _of_tensor("equal"),
    "from_numpy": constructors.from_numpy,
    "get_default_device": lambda: CPU,
    "get_default_dtype": lambda: of(dtypes.default_dtype()),
    "get_num_threads": lambda: 1,
    "is_complex": _of_tensor("is_complex"),
    "is_floating_point": _of_tensor("is_floating_point"),
    "is_nonzero": _of_tensor("is_nonzero"),
    "is_same_size": _of_tensor("is_same_size"),
    "isclose": _of_tensor("isclose"),
    "is_tensor": lambda obj: type(obj) is Tensor,
    "meshgrid": _meshgrid,
    "promote_types": _promote_types,
    "result_type": _result_type,
    "set_default_device": check_device,
    "set_default_dtype": _set_default_dtype,
    "set_default_tensor_type": _set_default_tensor_type,
    "set_num_threads": lambda number: None,
    "set_printoptions": _set_printoptions,
    "tensor": constructors.tensor(),
    "typename": _typename,
    "use_deterministic_algorithms": lambda *_, **__: None,
}


def _members() -> dict[str, Any]:
    later = {"dropout": Deferred("nn.dropout", "dropout_of_torch"), "vmap": Deferred("func.vmap", "vmap")}
    return {**_CONSTANTS, **_CLASSES, **_MODES_AND_SEEDS, **_FUNCTIONS, "backends": Backends(), **later}


class Backends(Exposed):
    """`torch.backends`, of which scripts set `cudnn.deterministic` beside a seed: nothing follows from it."""

    __slots__ = ("cudnn",)
    public = frozenset({"cudnn"})
    title = "torch.backends"

    def __init__(self) -> None:
        self.cudnn = Settings()


class Settings(Exposed):
    """Switches that change nothing here."""

    __slots__ = ("benchmark", "deterministic", "enabled")
    public = frozenset(__slots__)
    title = "torch.backends.cudnn"

    def __init__(self) -> None:
        self.benchmark = self.deterministic = self.enabled = False

    def assign(self, name: str, value: Any) -> None:
        """Set a switch.  Raises Problem."""
        self.read(name)
        setattr(self, name, bool(value))


def _in_torch(name: str) -> Any:
    if name == _DRAWN_FROM:
        return random.default_generator()
    if name in _INSIDE:
        return find(f"torch.{name}")
    rows = FUNCTIONS.get(name, ())
    homes = {row.namespace for row in rows if name in (row.name, *row.aliases)}
    return function(name) if homes & _HOME else None


def _in_functional(name: str) -> TableFunction | None:
    rows = FUNCTIONS.get(name, ())
    return functional(name) if rows and (name in _ALSO_FUNCTIONAL or any([row.namespace == "F" for row in rows])) else None


def _in_linalg(name: str) -> TableFunction | None:
    return function(f"linalg.{name}") if f"linalg.{name}" in FUNCTIONS else None


def _in_special(name: str) -> TableFunction | None:
    if f"special.{name}" in FUNCTIONS:
        return function(f"special.{name}")
    return function(name) if name in FUNCTIONS and name in _ALSO_SPECIAL else None


def _listed(find_one: Callable[[str], Any], prefix: str = "") -> Callable[[], list[str]]:
    """The names among the table's that a module knows."""
    return lambda: [
        name
        for name in {each.removeprefix(prefix) for each in list(FUNCTIONS) if each.startswith(prefix)}
        if "." not in name and find_one(name) is not None
    ]


def _autograd() -> dict[str, Any]:
    return {
        "Function": Deferred("custom.function", "FUNCTION"),
        "Variable": constructors.VARIABLE,
        "backward": autograd.backward,
        "detect_anomaly": anomaly.detect_anomaly,
        "enable_grad": modes.enable_grad,
        "grad": autograd.grad,
        "function": find("torch.autograd.function"),
        "functional": find("torch.autograd.functional"),
        "gradcheck": Deferred("gradcheck", "gradcheck"),
        "gradgradcheck": Deferred("gradcheck", "gradgradcheck"),
        "grad_mode": find("torch.autograd.grad_mode"),
        "inference_mode": modes.inference_mode,
        "no_grad": modes.no_grad,
        "set_detect_anomaly": anomaly.set_detect_anomaly,
        "set_grad_enabled": modes.set_grad_enabled,
        "variable": find("torch.autograd.variable"),
    }


def _cuda() -> dict[str, Any]:
    return {
        "current_device": lambda: check_device("cuda"),
        "device_count": lambda: 0,
        "is_available": lambda: False,
        "manual_seed": lambda seed: None,
        "manual_seed_all": lambda seed: None,
        "synchronize": lambda *_: check_device("cuda"),
        "empty_cache": lambda: None,
    }


_MODULES: dict[str, Callable[[], tuple[Any, ...]]] = {
    "torch": lambda: (_members(), _in_torch, lambda: [_DRAWN_FROM, *_INSIDE, *_listed(_in_torch)()]),
    "torch.autograd": lambda: (_autograd(),),
    "torch.autograd.function": lambda: (
        {
            "Function": Deferred("custom.function", "FUNCTION"),
            "FunctionCtx": Deferred("custom.function", "CONTEXT"),
            "once_differentiable": Deferred("custom.backward", "once_differentiable"),
        },
    ),
    "torch.autograd.functional": lambda: (
        {name: Deferred("functional", name) for name in ("hessian", "hvp", "jacobian", "jvp", "vhp", "vjp")},
    ),
    "torch.autograd.gradcheck": lambda: (
        {name: Deferred("gradcheck", name) for name in ("GradcheckError", "gradcheck", "gradgradcheck")},
    ),
    "torch.autograd.grad_mode": lambda: (
        {name: getattr(modes, name) for name in ("enable_grad", "inference_mode", "no_grad", "set_grad_enabled")},
    ),
    "torch.autograd.variable": lambda: ({"Variable": constructors.VARIABLE},),
    "torch.cuda": lambda: (_cuda(),),
    "torch.func": lambda: (_namespace("func").members(),),
    "torch.linalg": lambda: ({"LinAlgError": LinAlgError}, _in_linalg, _listed(_in_linalg, "linalg.")),
    "torch.nn": lambda: _namespace("nn").module(),
    "torch.nn.functional": lambda: (_namespace("nn").functional_members(), _in_functional, _listed(_in_functional)),
    "torch.nn.init": lambda: (_namespace("nn").init_members(), renamed("torch.nn.init", "nn.init")),
    "torch.nn.utils": lambda: (_namespace("nn").utils_members(), renamed("torch.nn.utils", "torch.nn.utils")),
    "torch.nn.parameter": lambda: ({"Parameter": constructors.PARAMETER},),
    "torch.optim": lambda: (_namespace("optim").members(),),
    "torch.optim.lr_scheduler": lambda: (_namespace("optim").schedules(),),
    "torch.random": lambda: (
        {
            "fork_rng": random.ForkRng,
            **{name: _MODES_AND_SEEDS[name] for name in _MODES_AND_SEEDS if "seed" in name or "rng" in name},
            "Generator": _MODES_AND_SEEDS["Generator"],
        },
        lambda name: _in_torch(name) if name == _DRAWN_FROM else None,
        lambda: [_DRAWN_FROM],
    ),
    "torch.utils": lambda: ({"data": find("torch.utils.data")},),
    "torch.utils.data": lambda: (_namespace("data").members(),),
    "torch.special": lambda: ({}, _in_special, _listed(_in_special, "")),
}


def _namespace(name: str) -> Any:
    """The module of ours that knows the names of a larger part of PyTorch."""
    return import_module(f"gradcli.run.script.{name}.namespace")


def module(name: str) -> Module | None:
    """The module of a name, or None."""
    make = _MODULES.get(name)
    return None if make is None else Module(name, *make())
