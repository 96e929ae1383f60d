"""Writes golden.json.xz: what PyTorch makes of its own samples of every operation (`common_methods_invocations`).

Run by hand from the root of the repository, with an interpreter that has PyTorch 2.13.0 (and expecttest, which those need):
python -m tests.conformance.make_golden, and with --complex for the samples of complex numbers, which have a file of their own.
Samples are taken evenly from all that PyTorch has for an operation, whatever
gradcli makes of them.
"""

from __future__ import annotations

import json
import lzma
import sys
import warnings
from pathlib import Path
from typing import Any

import torch
from torch.autograd import forward_ad
from torch.overrides import TorchFunctionMode, resolve_name
from torch.testing._internal.common_methods_invocations import op_db
from torch.utils._pytree import tree_flatten

from tests.conformance.arrays import digest, pattern, write

MOST = {"real": 8, "complex": 4}  # samples of an operation
_LARGEST = {"real": 4096, "complex": 1024}  # elements of a sample's inputs: a larger one only where there is no other
_KINDS = {"real": (torch.float64, torch.int64, torch.bool), "complex": (torch.complex128,)}
_NAMES = {"torch.spmm": "torch.mm"}  # PyTorch's tables know some functions by another name
# What these hold, PyTorch leaves open.
_UNDEFINED = {"empty", "empty_like", "empty_permuted", "empty_strided", "new_empty", "new_empty_strided"}
_OUT = {torch.sparse_coo: "sparse", torch.sparse_csr: "sparse", torch.sparse_csc: "sparse"}
_CONSTANTS = {id(getattr(torch, name)): name for name in ("strided", "contiguous_format", "preserve_format", "channels_last")}


class NotWritten(Exception):
    """A value has no form in the file."""


def main() -> None:
    warnings.simplefilter("ignore")
    wanted = [each for each in sys.argv[1:] if each != "--complex"]
    kind = "complex" if "--complex" in sys.argv else "real"
    found = []
    for info in op_db:
        if not wanted or info.name in wanted:
            found.append({"name": info.name, "variant": info.variant_test_name, "samples": _samples(info, kind)})
            print(info.full_name, len(found[-1]["samples"]), file=sys.stderr)
    text = json.dumps(found, separators=(",", ":"))
    path = Path(__file__).with_name("golden.json.xz" if kind == "real" else "golden_complex.json.xz")
    if wanted:
        print(text)
    else:
        path.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))


def _samples(info: Any, kind: str) -> list[Any]:
    dtype = next((each for each in _KINDS[kind] if each in info.dtypes), None)
    if dtype is None:
        return []
    torch.manual_seed(0)
    needs = dtype.is_floating_point if kind == "real" else dtype in info.supported_backward_dtypes("cpu")
    try:
        samples = list(info.sample_inputs("cpu", dtype, requires_grad=needs))
    except Exception as error:
        print(info.name, type(error), error, file=sys.stderr)
        return []
    samples = [each for each in samples if _size(each) <= _LARGEST[kind]] or sorted(samples, key=_size)[:2]
    count, most = len(samples), MOST[kind]
    chosen = samples if count <= most else [samples[place * (count - 1) // (most - 1)] for place in range(most)]
    return [each for each in (_observed(info, sample) for sample in chosen) if each]


class Recorder(TorchFunctionMode):
    """Notes the outermost calls of PyTorch's functions."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Any] = []
        self.seed = 0

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = {name: each for name, each in (kwargs or {}).items() if name != "_stacklevel"}
        name = resolve_name(func) or getattr(func, "__qualname__", "") or str(func)
        name = _NAMES.get(name, name)
        self.seed = torch.initial_seed()
        written = (name, _copied(args), _copied(kwargs))
        out = func(*args, **kwargs)
        self.calls.append((*written, out))
        return out


def _copied(value: Any) -> Any:
    """The containers of arguments, which a call might change, with the tensors themselves."""
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        return type(value)(_copied(each) for each in value)
    return {key: _copied(each) for key, each in value.items()} if isinstance(value, dict) else value


def _tensors(value: Any) -> list[torch.Tensor]:
    return [each for each in tree_flatten(value)[0] if isinstance(each, torch.Tensor)]


def _size(sample: Any) -> int:
    return sum(each.numel() for each in _tensors((sample.input, sample.args, sample.kwargs)))


def _round(tensor: torch.Tensor) -> None:
    """Make every number one that float32 holds."""
    if tensor.dtype in (torch.float64, torch.complex128):
        narrow = torch.float32 if tensor.dtype is torch.float64 else torch.complex64
        with torch.no_grad():
            stored = tensor.untyped_storage().nbytes() // tensor.element_size()
            flat = torch.as_strided(tensor.detach(), (stored,), (1,), 0)
            flat.copy_(flat.to(narrow).to(tensor.dtype))


def _observed(info: Any, sample: Any) -> Any:
    inputs = _tensors((sample.input, sample.args, sample.kwargs))
    if any(each.layout in _OUT for each in inputs):
        return {"out": "sparse"}
    try:
        for each in inputs:
            _round(each)
        return _Observation(info, sample, inputs).written()
    except NotWritten as error:
        print(info.name, "not written:", error, file=sys.stderr)
        return None


class _Observation:
    def __init__(self, info: Any, sample: Any, inputs: list[torch.Tensor]) -> None:
        self.info, self.sample = info, sample
        self.inputs: list[torch.Tensor] = []
        self.texts: list[Any] = []
        self.places: dict[int, Any] = {}
        for each in inputs:
            self._enter(each)

    def _enter(self, tensor: torch.Tensor) -> None:
        if id(tensor) in self.places:
            return
        if type(tensor) not in (torch.Tensor, torch.nn.Parameter) or tensor.layout is not torch.strided:
            raise NotWritten(str(type(tensor)))
        self.places[id(tensor)] = {"x": len(self.inputs)}
        self.inputs.append(tensor)
        stored = tensor.untyped_storage().nbytes() // tensor.element_size()
        layout = None if tensor.is_contiguous() and stored == tensor.numel() else [*tensor.stride(), tensor.storage_offset()]
        name = str(tensor.dtype).removeprefix("torch.")
        if name in ("bfloat16", "complex32") or "float8" in name:
            raise NotWritten(name)
        memory = tensor.detach() if layout is None else torch.as_strided(tensor.detach(), (stored,), (1,), 0)
        array = memory.resolve_conj().resolve_neg().numpy()
        self.texts.append([name, list(tensor.shape), layout, tensor.requires_grad, write(array)])

    def _call(self) -> tuple[Any, list[Any]]:
        torch.manual_seed(0)
        with Recorder() as recorder:
            out = self.info.op(self.sample.input, *self.sample.args, **self.sample.kwargs)
            if self.sample.output_process_fn_grad is not None:
                out = self.sample.output_process_fn_grad(out)
        self.seed = recorder.seed
        return out, recorder.calls

    def written(self) -> Any:
        before = [each.requires_grad for each in self.inputs]
        try:
            out, calls = self._call()
        except NotImplementedError as error:
            raise NotWritten(str(error)) from None
        except (RuntimeError, AssertionError) as error:
            raise NotWritten("fails in PyTorch: " + str(error)) from None
        program, result = self._program(out, calls)
        outs = _tensors(out)
        if any(each.layout is not torch.strided for each in outs):
            return {"out": "sparse"}
        leaves = [each for each, needs in zip(self.inputs, before) if needs]
        return {
            **({"seed": self.seed} if self.seed else {}),
            "tensors": self.texts,
            "calls": program,
            "result": result,
            "values": [_digest(each)[: 2 if self.info.name in _UNDEFINED else 3] for each in outs],
            "functions": [None if each.grad_fn is None else type(each.grad_fn).__name__ for each in outs],
            **self._derivatives(outs, leaves),
        }

    def _derivatives(self, outs: list[torch.Tensor], leaves: list[torch.Tensor]) -> dict[str, Any]:
        wanted = [each for each in outs if each.requires_grad]
        if not wanted or not leaves:
            return {}
        found: dict[str, Any] = {}
        try:
            grads = torch.autograd.grad(
                wanted, leaves, [_like(each, 0.5) for each in wanted], create_graph=True, allow_unused=True
            )
            found["grads"] = [None if each is None else _digest(each) for each in grads]
        except (RuntimeError, NotImplementedError):
            return found
        again = [each for each in grads if each is not None and each.requires_grad]
        if again:
            try:
                second = torch.autograd.grad(again, leaves, [_like(each, 0.9) for each in again], allow_unused=True)
                found["second"] = [None if each is None else _digest(each) for each in second]
            except (RuntimeError, NotImplementedError):
                pass
        forward = self._forward(leaves)
        return {**found, **({} if forward is None else {"forward": forward})}

    def _forward(self, leaves: list[torch.Tensor]) -> Any:
        """The tangents of the outputs, or None where PyTorch has none."""

        def dual(value: Any) -> Any:
            return torch.utils._pytree.tree_map(lambda each: duals.get(id(each), each), value)

        try:
            with forward_ad.dual_level():
                duals = {id(each): forward_ad.make_dual(each.detach(), _like(each, 0.2)) for each in leaves}
                torch.manual_seed(0)
                out = self.info.op(dual(self.sample.input), *dual(self.sample.args), **dual(self.sample.kwargs))
                out = self.sample.output_process_fn_grad(out) if self.sample.output_process_fn_grad is not None else out
                tangents = [forward_ad.unpack_dual(each).tangent for each in _tensors(out)]
                return [None if each is None else _digest(each) for each in tangents]
        except (RuntimeError, NotImplementedError):
            return None

    # --- calls ---------------------------------------------------------------------------------------------------------

    def _program(self, out: Any, calls: list[Any]) -> tuple[list[Any], Any]:
        """The calls that the result needs, written, and where in their results it stands."""
        made: dict[int, tuple[Any, ...]] = {}
        for number, (_, _, _, result) in enumerate(calls):
            for path, tensor in _paths(result):
                if id(tensor) not in self.places:
                    made.setdefault(id(tensor), (number, *path))
        needed: set[int] = set()

        def need(value: Any) -> None:
            for tensor in _tensors(value):
                place = made.get(id(tensor))
                if place and place[0] not in needed:
                    needed.add(place[0])
                    need((calls[place[0]][1], calls[place[0]][2]))

        need(out)
        for number, (name, args, kwargs, _) in enumerate(calls):
            last = name.rpartition(".")[2]
            if (last.endswith("_") and not last.endswith("__")) or last == "__setitem__":
                needed.add(number)
                need((args, kwargs))
        order = {number: place for place, number in enumerate(sorted(needed))}
        where = {key: {"r": [order[place[0]], *place[1:]]} for key, place in made.items() if place[0] in order}
        program = []
        for number in sorted(needed):
            name, args, kwargs, _ = calls[number]
            program.append(
                [name, self._write(list(args), where), {key: self._write(each, where) for key, each in kwargs.items()}]
            )
        return program, [self._write(each, where) for each in _tensors(out)]

    def _write(self, value: Any, where: dict[int, Any]) -> Any:
        if isinstance(value, torch.Tensor):
            if id(value) not in where and id(value) not in self.places:
                self._enter(value)
            return where.get(id(value)) or self.places[id(value)]
        if value is None or isinstance(value, (bool, str, int)):
            return value
        if isinstance(value, float):
            return value if value - value == 0 else {"float": str(value)}
        if isinstance(value, complex):
            return {"complex": [value.real, value.imag]}
        if isinstance(value, list):
            return [self._write(each, where) for each in value]
        if isinstance(value, tuple):
            return {"tuple": [self._write(each, where) for each in value]}
        if isinstance(value, slice):
            return {"slice": [self._write(each, where) for each in (value.start, value.stop, value.step)]}
        if value is Ellipsis:
            return {"ellipsis": 1}
        if isinstance(value, torch.dtype):
            return {"torch": str(value).removeprefix("torch.")}
        if isinstance(value, torch.device):
            return str(value)
        if id(value) in _CONSTANTS:
            return {"torch": _CONSTANTS[id(value)]}
        raise NotWritten(f"{type(value).__name__} {value}")


def _paths(value: Any, path: tuple[int, ...] = ()) -> Any:
    if isinstance(value, torch.Tensor):
        yield path, value
    elif isinstance(value, (list, tuple)):
        for place, each in enumerate(value):
            yield from _paths(each, (*path, place))


def _like(tensor: torch.Tensor, phase: float) -> torch.Tensor:
    return torch.tensor(pattern(tuple(tensor.shape), phase)).to(tensor.dtype)


def _digest(tensor: torch.Tensor) -> Any:
    if str(tensor.dtype) in ("torch.bfloat16", "torch.complex32") or "float8" in str(tensor.dtype):
        raise NotWritten(str(tensor.dtype))
    return digest(tensor.detach().resolve_conj().resolve_neg().numpy())


if __name__ == "__main__":
    main()
