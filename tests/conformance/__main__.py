"""Prints how far gradcli agrees with PyTorch's samples; see the package."""

from __future__ import annotations

import argparse
import json
import lzma
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

import gradcli.torch as torch
from gradcli.torch._boundary import problem_of
from tests.conformance.replay import differences

_HERE = Path(__file__).parent
_TIERS = ("everyday", "common", "rare", "complex")
# What stays out, with a call that a program would write.
_LEFT_OUT = {
    "sparse tensors": "torch.eye(2).to_sparse()",
    "nested tensors": "torch.nested.nested_tensor([torch.ones(2)])",
    "quantized tensors": "torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)",
    "masked tensors": "torch.masked.masked_tensor(torch.ones(2), torch.ones(2).bool())",
    "other devices": "torch.ones(2, device='cuda')",
    "bfloat16": "torch.ones(2, dtype=torch.bfloat16)",
    "float8": "torch.ones(2, dtype=torch.float8_e4m3fn)",
    "half precision complex numbers": "torch.ones(2, dtype=torch.complex32)",
}
Operation = dict[str, Any]


def main() -> None:
    """Run the samples that were asked for, and print what came out."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("--show", metavar="NAME", help="what differs, for the operations whose names contain this")
    parser.add_argument("--out", action="store_true", help="what stays out, with the sentence that users get")
    parser.add_argument("--tier", choices=_TIERS, help="the samples of this tier alone")
    arguments = parser.parse_args()
    if arguments.out:
        _print_left_out()
        return
    tiers = _tiers()
    chosen = [
        each
        for each in _operations()
        if (arguments.show or "") in _title(each) and arguments.tier in (None, _tier(each, tiers))
    ]
    np.seterr(all="ignore")
    found = {_title(each): [list(differences(sample)) for sample in each["samples"] if "out" not in sample] for each in chosen}
    if arguments.show is not None:
        _print_differences(found)
    _print_failing(found)
    by_family = {_title(each): _family(each["name"]) for each in chosen}
    by_tier = {_title(each): _tier(each, tiers) for each in chosen}
    for groups in (by_family, by_tier):
        print()
        _print_agreement(found, groups)


def _operations() -> list[Operation]:
    """The operations with their samples, once more those that take complex numbers."""
    found = []
    for name, kind in (("golden.json.xz", ""), ("golden_complex.json.xz", "complex")):
        found += [each | {"kind": kind} for each in json.loads(lzma.decompress((_HERE / name).read_bytes()))]
    return found


def _title(operation: Operation) -> str:
    return " ".join(filter(None, (operation["name"], operation["variant"], operation["kind"])))


def _tier(operation: Operation, tiers: dict[str, str]) -> str:
    return operation["kind"] or tiers.get(operation["name"], "rare")


def _print_left_out() -> None:
    """What users are told who ask for what stays out."""
    for name, call in _LEFT_OUT.items():
        try:
            found = f"gives {eval(call, {'torch': torch})}"
        except Exception as error:
            problem = problem_of(error)
            hint = f" ({problem.hint})" if problem is not None and problem.hint else ""
            found = f"{type(error).__name__}: {error}{hint}"
        print(f"{name}\n    {call}\n    {found}")


def _family(name: str) -> str:
    """The module that PyTorch keeps an operation in."""
    return name.rpartition(".")[0] or "torch"


def _tiers() -> dict[str, str]:
    """The tier of each operation that is not rare."""
    found: dict[str, str] = {}
    tier = ""
    for line in (_HERE / "tiers.txt").read_text().splitlines():
        if line.endswith(":"):
            tier = line[:-1]
        elif not line.startswith("#"):
            found |= dict.fromkeys(line.split(), tier)
    return found


def _print_differences(found: dict[str, list[list[str]]]) -> None:
    for name, samples in found.items():
        for number, differing in enumerate(samples):
            for each in differing:
                print(f"{name} {number}: {each}")


def _print_failing(found: dict[str, list[list[str]]]) -> None:
    """A line for each operation with a sample that differs, with the kinds of differences."""
    for name, samples in found.items():
        differing = [each for each in samples if each]
        if differing:
            kinds = Counter([each.partition(":")[0] for each in samples for each in {e.partition(":")[0] for e in each}])
            print(f"{name:45} {len(samples) - len(differing):3} of {len(samples):3}  {', '.join(kinds)}")


def _print_agreement(found: dict[str, list[list[str]]], groups: dict[str, str]) -> None:
    right, total = Counter[str](), Counter[str]()
    for name, samples in found.items():
        right[groups[name]] += sum([not each for each in samples])
        total[groups[name]] += len(samples)
    for group in sorted(total, key=lambda each: (_TIERS.index(each) if each in _TIERS else 0, each)):
        if total[group]:
            print(f"{group:20} {right[group]:5} of {total[group]:5}  {100 * right[group] / total[group]:6.1f} %")


main()
