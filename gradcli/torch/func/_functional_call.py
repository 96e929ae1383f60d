"""Modules as functions of their parameters: `functional_call`, and the parameters of several modules stacked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gradcli.torch as torch
from gradcli.torch.nn.modules.module import Module


def functional_call(
    module: Module,
    parameter_and_buffer_dicts: Any,
    args: Any = None,
    kwargs: Mapping[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Call a module with other tensors in the places of its parameters and buffers, by their dotted names.

    tie_weights  whether a parameter that has several names is replaced under all of them
    strict       whether all names, and no others, have to be given

    Raises ValueError, RuntimeError.
    """
    several = isinstance(parameter_and_buffer_dicts, (list, tuple))
    if not several and not isinstance(parameter_and_buffer_dicts, dict):
        kind = type(parameter_and_buffer_dicts)
        raise ValueError(f"Expected parameter_and_buffer_dicts to be a dict, or a list/tuple of dicts, but got {kind}")
    given: dict[str, Any] = {}
    for each in parameter_and_buffer_dicts if several else [parameter_and_buffer_dicts]:
        if given.keys() & each.keys():
            raise ValueError(
                f"{sorted(given.keys() & each.keys())} appeared in multiple dictionaries; behavior of functional call is "
                "ambiguous"
            )
        given.update(each)
    places = {path: store for path in given if (store := _store(module, path)) is not None}
    if strict:
        _check_names(module, given, places)
    if tie_weights:
        given, places = _with_other_names(module, given, places)
    before = {path: store[path.rpartition(".")[2]] for path, store in places.items()}
    try:
        for path, store in places.items():
            store[path.rpartition(".")[2]] = given[path]
        return module(*(() if args is None else args if isinstance(args, tuple) else (args,)), **(kwargs or {}))
    finally:
        for path, store in places.items():
            store[path.rpartition(".")[2]] = before[path]


def _store(module: Module, path: str) -> dict[str, Any] | None:
    """Where a parameter or buffer of a dotted name stands; None where there is none of that name."""
    inside: Any = module
    *above, name = path.split(".")
    for each in above:
        inside = inside._modules.get(each)
        if inside is None:
            return None
    return next((store for store in (inside._parameters, inside._buffers) if name in store), None)


def _with_other_names(
    module: Module, given: dict[str, Any], places: dict[str, dict[str, Any]]
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The same for the other names of tensors that have several."""
    names: dict[int, list[str]] = {}
    for members in (module.named_parameters, module.named_buffers):
        for path, tensor in members(remove_duplicate=False):
            names.setdefault(id(tensor), []).append(path)
    more, where = dict(given), dict(places)
    for path, store in places.items():
        tied = names.get(id(store[path.rpartition(".")[2]]), ())
        if len({id(given[other]) for other in tied if other in given}) > 1:
            raise ValueError(
                f"functional_call got multiple values for keys {sorted(tied)}, which are tied. Consider using tie_weights=False"
            )
        for other in tied:
            if other not in given:
                found = _store(module, other)
                if found is not None:
                    more[other], where[other] = given[path], found
    return more, where


def _check_names(module: Module, given: dict[str, Any], places: dict[str, Any]) -> None:
    own = [name for name, _ in (*module.named_parameters(), *module.named_buffers())]
    unexpected = [path for path in given if path not in places]
    missing = [name for name in own if name not in given]
    lines = [
        f"\t{what} key(s): {', '.join([repr(name) for name in names])}."
        for what, names in (("Unexpected", unexpected), ("Missing", missing))
        if names
    ]
    if lines:
        raise RuntimeError("\n".join([f"Error(s) in reparametrizing for {module._get_name()}:", *lines]))


def stack_module_state(models: Sequence[Module]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters, and the buffers, of modules of one kind, each stacked.  Raises RuntimeError."""
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if not (all(m.training for m in models) or all(not m.training for m in models)):
        raise RuntimeError("stack_module_state: Expected all models to have the same training/eval mode.")
    if any(type(m) is not type(models[0]) for m in models):
        raise RuntimeError("stack_module_state: Expected all models to be of the same class.")
    stacked: list[dict[str, Any]] = []
    for kind in ("named_parameters", "named_buffers"):
        columns = [dict(getattr(model, kind)()) for model in models]
        stacked.append({name: _stacked(name, [column[name] for column in columns]) for name in columns[0]})
    return stacked[0], stacked[1]


def _stacked(name: str, tensors: list[Any]) -> Any:
    if any(each.requires_grad is not tensors[0].requires_grad for each in tensors):
        raise RuntimeError(f"Expected {name} from each model to have the same .requires_grad")
    stacked = torch.stack([*tensors]).detach()
    return stacked.requires_grad_() if tensors[0].requires_grad else stacked


def replace_all_batch_norm_modules_(root: Any) -> Any:
    """Let no batch normalization in a module keep running statistics, which `vmap` cannot change; gives the module."""
    for module in root.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.running_mean = module.running_var = module.num_batches_tracked = None
            module.track_running_stats = False
    return root
