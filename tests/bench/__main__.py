"""Run the benchmarks: python -m tests.bench [NAME]... [--rivals PYTHON] [--runs N]

`--rivals` names an interpreter that has the rivals (torch, jax, autograd); those it lacks are left out.  Every figure is a
median over runs that take turns, and is printed with its ratio to the anchor measured in the same run.
"""

from __future__ import annotations

import argparse
import os
import sys

from tests.bench import batch, check, formulas, jacobian, memory, node, operations, plan, startup, total, training

BENCHMARKS = {
    "startup": startup.run,
    "node": node.run,
    "memory": memory.run,
    "training": training.run,
    "jacobian": jacobian.run,
    "check": check.run,
    "formulas": formulas.run,
    "plan": plan.run,
    "batch": batch.run,
    "operations": operations.run,
    "total": total.run,
}


def main() -> None:
    """Run the benchmarks that were named, or all."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--rivals", default=sys.executable, metavar="PYTHON", help="an interpreter with torch, jax, autograd")
    parser.add_argument("--runs", type=int, default=15, metavar="N")
    arguments = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else a checkout is compiled anew in every process
    for name in arguments.names or BENCHMARKS:
        BENCHMARKS[name](arguments.rivals, arguments.runs)


main()
