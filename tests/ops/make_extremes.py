"""Writes golden_extremes.json: what PyTorch and mpmath make of functions at extreme points.

Run by hand with an interpreter that has torch and mpmath, from the root of the repository: python -m tests.ops.make_extremes
It takes some minutes; what the file knows already is not computed again.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

from tests.ops import exact, extremes
from tests.ops.torch_library import Torch

FILE = Path(__file__).with_name("golden_extremes.json")


def main() -> None:
    warnings.simplefilter("ignore")
    known = json.loads(FILE.read_text()) if FILE.exists() else {}
    found: dict[str, Any] = {}
    for call in extremes.calls():
        before = known.get(call.text, {})
        points = {dtype: call.points(dtype) for dtype in extremes.ENDS}
        entry: dict[str, Any] = {"formula": call.formula, "points": [each.tolist() for each in points["float64"]]}
        for dtype in points:
            arrays = extremes.seen(Torch(), call, points[dtype])
            entry[dtype] = {
                name: [float(f"{each:.{7 if dtype == 'float32' else 15}g}") for each in array.tolist()]
                for name, array in arrays.items()
            }
        fresh = str(before.get("points")) == str(entry["points"]) and before.get("formula") == call.formula
        entry["exact"] = before["exact"] if fresh else _exact(call)
        found[call.text] = entry
        print(call.text, flush=True)
    lines = [f"{json.dumps(text)}: {json.dumps(entry, separators=(',', ':'))}" for text, entry in found.items()]
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def _exact(call: extremes.Call) -> dict[str, list[float | None]]:
    if not call.formula:
        return {}
    function, points = exact.function(call.formula, call.names), call.points("float64")
    return {
        name: [exact.derivative(function, point, places) for point in zip(*points, strict=True)]
        for name, places in call.orders.items()
    }


if __name__ == "__main__":
    main()
