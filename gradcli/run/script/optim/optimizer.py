"""`optim.Optimizer`: groups of parameters with their options, and what is remembered of each parameter between steps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from gradcli.engine import inplace
from gradcli.graph.tape import grad_mode
from gradcli.graph.tensor import Tensor
from gradcli.run.script.classes import Instance, type_name
from gradcli.run.script.dtypes import legacy_name
from gradcli.run.script.guards import collect

SWITCHES = {"maximize": False, "foreach": None, "differentiable": False, "fused": None}  # all but the first change nothing here


class Optimizer(Instance):
    """The base of all optimizers; a script may derive its own from it.

    param_groups  dictionaries of options, with the parameters under "params"
    state         by parameter: what its updates remember, tensors by name
    """

    __module__ = "torch.optim.optimizer"
    _steps = 0  # since a schedule was laid over it

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        if type(params) is Tensor:
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                f"{legacy_name(params.dtype)}"
            )
        self.defaults = defaults
        self.state: defaultdict[Tensor, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        groups = collect(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Take in more parameters, with options of their own.  Raises TypeError, ValueError."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        given = param_group["params"]
        params = [given] if type(given) is Tensor else [_parameter(each) for each in collect(given)]
        for each in params:
            _check(each)
        known = {id(each) for group in self.param_groups for each in group["params"]}
        if any(id(each) in known for each in params):
            raise ValueError("some parameters appear in more than one parameter group")
        param_group["params"] = params
        for name, value in self.defaults.items():
            param_group.setdefault(name, value)
        self.param_groups.append(param_group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients, or make them zeros in place."""
        for group in self.param_groups:
            for param in group["params"]:
                if set_to_none:
                    param.grad = None
                elif param.grad is not None:
                    param.grad = param.grad.detach()
                    inplace.change("zero_", param.grad)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; a closure computes them anew first, and its loss is given back."""
        self._steps += 1
        loss = None
        if closure is not None:
            with grad_mode(True):
                loss = closure()
        with grad_mode(False):
            for group in self.param_groups:
                for param in group["params"]:
                    if param.grad is not None:
                        state = self.state.get(param, {})
                        grad = -param.grad.array if group.get("maximize") else param.grad.array
                        inplace.change("copy_", param, Tensor(self._updated(param, grad, state, group)))
                        if state:
                            self.state[param] = state
        return loss

    def _updated(self, param: Tensor, grad: Any, state: dict[str, Any], group: dict[str, Any]) -> Any:
        """The new values of a parameter, as an array."""
        raise NotImplementedError

    # --- state ------------------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """The state with numbers in place of the parameters."""
        numbers: dict[int, int] = {}
        groups = []
        for group in self.param_groups:
            options = {name: value for name, value in group.items() if name != "params"}
            places = [numbers.setdefault(id(each), len(numbers)) for each in group["params"]]
            groups.append({**options, "params": places})
        return {"state": {numbers[id(param)]: kept for param, kept in self.state.items() if kept}, "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave.  Raises ValueError where it does not fit."""
        groups, saved = self.param_groups, state_dict["param_groups"]
        if len(groups) != len(saved):
            raise ValueError("loaded state dict has a different number of parameter groups")
        params: dict[int, Tensor] = {}
        for group, given in zip(groups, saved):
            if len(group["params"]) != len(given["params"]):
                raise ValueError(
                    "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
                )
            params.update(zip(given["params"], group["params"]))
            group.update({name: value for name, value in given.items() if name != "params"})
        given = {params[number]: _copied(kept) for number, kept in state_dict["state"].items() if number in params}
        self.state = defaultdict(dict, given)

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for place, group in enumerate(self.param_groups):
            lines += [""] if place else []
            lines.append(f"Parameter Group {place}")
            lines += [f"    {name}: {group[name]}" for name in sorted(group) if name != "params"]
        return "\n".join([*lines, ")"])


def _parameter(value: Any) -> Any:
    """The parameter of a pair with its name."""
    return value[1] if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str) else value


def _check(param: Any) -> None:
    if type(param) is not Tensor:
        raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type_name(param)}")
    if not param.is_leaf:
        raise ValueError("can't optimize a non-leaf Tensor")


def _copied(kept: dict[str, Any]) -> dict[str, Any]:
    return {name: Tensor(value.array.copy()) if type(value) is Tensor else value for name, value in kept.items()}


def check_options(options: dict[str, Any], **names: str) -> None:
    """Refuse numbers below 0, in PyTorch's words: each option by name, with what it is called.  Raises ValueError."""
    for name, called in names.items():
        if not options[name] >= 0.0:
            raise ValueError(f"Invalid {called}: {options[name]}")
