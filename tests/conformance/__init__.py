"""How far gradcli agrees with PyTorch, held against PyTorch's own samples of every operation.

    python -m tests.conformance                what agrees, by tier and by family
    python -m tests.conformance --show NAME    what differs, for the operations whose names contain this
    python -m tests.conformance --out          what stays out, with the sentence that users get
    python -m tests.conformance.make_golden    (with an interpreter that has PyTorch 2.13.0) writes golden.json.xz anew

A sample is a short program: calls of functions and methods, their arguments, and the result.  Compared are values, dtypes,
shapes, the names of grad_fn, gradients, second derivatives and forward mode.
"""
