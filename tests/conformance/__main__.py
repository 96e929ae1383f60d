"""Prints how far gradcli agrees with PyTorch's samples; see the package."""

from __future__ import annotations

import argparse
import json
import lzma
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from tests.conformance.replay import differences

_HERE = Path(__file__).parent
_TIERS = ("everyday", "common", "rare")
Operation = dict[str, Any]


def main() -> None:
    """Run the samples that were asked for, and print what came out."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("--show", metavar="NAME", help="what differs, for the operations whose names contain this")
    parser.add_argument("--tier", choices=_TIERS, help="the samples of this tier alone")
    arguments = parser.parse_args()
    tiers = _tiers()
    chosen = [
        each
        for each in json.loads(lzma.decompress((_HERE / "golden.json.xz").read_bytes()))
        if (arguments.show or "") in _title(each) and arguments.tier in (None, tiers.get(each["name"], "rare"))
    ]
    np.seterr(all="ignore")
    found = {_title(each): [list(differences(sample)) for sample in each["samples"] if "out" not in sample] for each in chosen}
    if arguments.show is not None:
        _print_differences(found)
    _print_failing(found)
    by_family = {_title(each): _family(each["name"]) for each in chosen}
    by_tier = {_title(each): tiers.get(each["name"], "rare") for each in chosen}
    for groups in (by_family, by_tier):
        print()
        _print_agreement(found, groups)


def _title(operation: Operation) -> str:
    return " ".join(filter(None, (operation["name"], operation["variant"])))


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
