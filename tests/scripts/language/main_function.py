#!/usr/bin/env python3
"""A script with a main function and helpers, in the manner of course notes."""
from __future__ import annotations

import sys
import math

import torch
from torch import Tensor

EPOCHS: int = 5
CONFIG = dict(lr=0.1, tol=1e-3)


def log(*parts: object, level: str = "info") -> None:
    stream = sys.stderr if level == "error" else sys.stdout
    print(f"[{level}]", *parts, file=stream)


def quadratic(x: Tensor, a: float = 1.0, b: float = -4.0, c: float = 3.0) -> Tensor:
    return a * x ** 2 + b * x + c


def minimise(f, x0: float, *, lr: float, epochs: int) -> tuple[float, list[float]]:
    x = torch.tensor(x0, requires_grad=True)
    trace: list[float] = []
    for _ in range(epochs):
        y = f(x)
        y.backward()
        with torch.no_grad():
            x -= lr * x.grad
            x.grad.zero_()
        trace.append(round(y.item(), 4))
    return x.item(), trace


def main() -> int:
    log("start", EPOCHS)
    best, trace = minimise(quadratic, 0.0, lr=CONFIG["lr"], epochs=EPOCHS)
    log(f"x = {best:.4f}", trace)
    exact = 2.0
    if math.fabs(best - exact) > CONFIG["tol"]:
        log("not there yet", level="error")
    discriminant = math.sqrt((-4.0) ** 2 - 4 * 3.0)
    roots = sorted([(4 - discriminant) / 2, (4 + discriminant) / 2])
    log("roots", *roots, sep_missing := "none")
    return 0


if __name__ == "__main__":
    status = main()
    print("status", status)
