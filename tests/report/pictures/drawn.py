"""Pictures to draw: from the evaluator itself, and with names and texts that try to break out of every format."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradcli.run.picture import Edge, Picture, Saved, Vertex, picture
from gradcli.run.request import Request

HOSTILE = [
    'a"b\\',
    "\\",
    '\\"',
    "<b>&amp;</b>",
    "</title></svg>",
    "]]>",
    "%%{init}",
    "two\nlines",
    "```",
    '"`markdown`"',
    "1. item",
    "- item",
    "#35;",
    "[a](b)",
    "{z}",
    "|p|",
    "a --> b",
    "\x1b[31m\x00\x07",
    "\udcff",
    "日本\u202e語",
    "end",
    "\\N\\l\\G",
    "e\u0301" * 50,
    "😀" * 60,
    ";",
    "*em* _em_",
    "$$x$$",
    "&quot;",
    "\ufffe\uffff",
    "'--'",
]


def drawn(
    expr: str,
    *bindings: str,
    const: tuple[str, ...] = (),
    differentiated: bool = True,
    formulas: bool = False,
    **options: Any,
) -> Picture:
    """The picture of an expression; bindings as they are typed, "x=ones(2, 2)"."""
    pairs = [(*each.split("=", 1), False) for each in bindings] + [(*each.split("=", 1), True) for each in const]
    return picture(Request(expr, pairs, **options), differentiated=differentiated, formulas=formulas)


def hostile() -> Picture:
    """A chain whose names, texts and saved tensors are all hostile."""
    numbers = np.array([np.nan, np.inf])
    vertices = [
        Vertex(
            place,
            "MulBackward0",
            text if place % 2 else None,
            text,
            False,
            (2,),
            "float64",
            numbers,
            numbers,
            text,
            (Saved("self", text, (), "float64", np.array(1.0)),),
            True,
        )
        for place, text in enumerate(HOSTILE)
    ]
    edges = [Edge(place, place + 1, "other", 0, numbers) for place in range(len(vertices) - 1)]
    return Picture("\n".join(HOSTILE), (0,), tuple(vertices), tuple(edges), True, "float64")


def perceptron() -> Picture:
    """A small network: shared leaves, constants, long edges."""
    return drawn(
        "h = tanh(W1 @ x + b1); o = W2 @ h + b2; ((o - t)**2).mean() + 0.01*(sum(W1**2) + sum(W2**2))",
        "W1=ones(3,2)*0.1",
        "b1=zeros(3)",
        "W2=ones(1,3)",
        "b2=[0.]",
        const=("x=[1.,2]", "t=[0.5]"),
    )


def fifty() -> Picture:
    """A graph of about fifty nodes, wide and deep."""
    terms = " + ".join([f"sin(x{number})*x{number - 1}" for number in range(1, 13)])
    return drawn(f"u = {terms}; v = exp(-u); w = u*v + sqrt(abs(v)); w/(1 + u**2)", *[f"x{n}={n / 7}" for n in range(13)])
