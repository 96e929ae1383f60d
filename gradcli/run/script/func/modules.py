"""Modules as functions of their parameters: `functional_call`, and the parameters of several modules stacked."""

from __future__ import annotations

from typing import Any

from gradcli.errors import Problem
from gradcli.graph.tensor import Tensor
from gradcli.run.script.calls import function
from gradcli.run.script.nn.module import Module


def functional_call(
    module: Any,
    parameter_and_buffer_dicts: Any,
    args: Any = None,
    kwargs: Any = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Call a module with other tensors in the places of its parameters and buffers, by their dotted names.  Raises Problem."""
    given: dict[str, Any] = {}
    for each in (
        parameter_and_buffer_dicts if isinstance(parameter_and_buffer_dicts, (list, tuple)) else [parameter_and_buffer_dicts]
    ):
        given.update(each)
    if not isinstance(module, Module):
        raise Problem(
            "type", f"functional_call: argument 'module' must be a Module, not {type(module).__name__}", type="TypeError"
        )
    places = [(_registry(module, path), path.rpartition(".")[2], value) for path, value in given.items()]
    if strict:
        _check_keys([path for path, (registry, _, _) in zip(given, places) if registry is None], module, given)
    found = [(registry, name, registry[name], value) for registry, name, value in places if registry is not None]
    try:
        for registry, name, _, value in found:
            registry[name] = value
        return module(*(() if args is None else args if isinstance(args, tuple) else (args,)), **(kwargs or {}))
    finally:
        for registry, name, before, _ in found:
            registry[name] = before


def _registry(module: Any, path: str) -> dict[str, Any] | None:
    """Where a parameter or buffer of a dotted name stands; None where there is none of that name."""
    inside = dict(module.named_modules()).get(path.rpartition(".")[0])
    registries = () if inside is None else (inside._parameters, inside._buffers)
    return next((registry for registry in registries if path.rpartition(".")[2] in registry), None)


def _check_keys(unexpected: list[str], module: Any, given: dict[str, Any]) -> None:
    """Refuse names that a module does not have, and a module whose names are not all given.  Raises Problem."""
    names = [name for name, _ in (*module.named_parameters(), *module.named_buffers())]
    missing = [name for name in names if name not in given]
    if unexpected or missing:
        parts = [
            f"{what} key(s): {', '.join(each)}." for what, each in (("Unexpected", unexpected), ("Missing", missing)) if each
        ]
        raise Problem("argument", f"Error in functional_call: {' '.join(parts)}", hint="named_parameters() has the names")


def stack_module_state(models: Any) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The parameters, and the buffers, of modules of one kind, each stacked.  Raises Problem."""
    if not models:
        raise Problem("argument", "stack_module_state: Expected at least one model, got 0.")
    parameters = {name: _stacked(models, "parameters", name) for name, _ in models[0].named_parameters()}
    return parameters, {name: _stacked(models, "buffers", name) for name, _ in models[0].named_buffers()}


def _stacked(models: Any, kind: str, name: str) -> Tensor:
    column = [dict(getattr(model, f"named_{kind}")())[name] for model in models]
    stacked: Tensor = function("stack")(column).detach()
    return stacked.require_grad() if column[0].requires_grad else stacked
