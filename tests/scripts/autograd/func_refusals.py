"""What torch.func says of arguments, results and tangents that it cannot take."""

import torch
from torch.func import functionalize, grad, jacfwd, jacrev, jvp, vjp
from torch.utils._pytree import tree_flatten


def attempt(label, call):
    try:
        call()
        print(label, "ok")
    except Exception as error:
        print(label, type(error).__name__, error)


x, y = torch.arange(3.0), torch.ones(3)
for argnums in (-3, 2, [0], ("0",), (0, 0), (0, -2), (), "a", (0.0,), -1, (1, 0)):
    attempt(f"argnums {argnums!r}", lambda: jacrev(torch.mul, argnums=argnums)(x, y))
for output in (None, (), {}, 1, "abc", [x, 1], [x, {"a": x}]):
    attempt("vjp", lambda: vjp(lambda _: output, x))
    attempt("jvp", lambda: jvp(lambda _: output, (x,), (y,)))
    attempt("jacrev", lambda: jacrev(lambda _: output)(x))
    attempt("jacfwd", lambda: jacfwd(lambda _: output)(x))
for several in (lambda q: [q, q], lambda q: (q, q, q), lambda q: (q.sum(), 1), lambda q: (q.sum(), [q, "abc"]), lambda q: (q.sum(), {"a": q})):
    attempt("grad", lambda: grad(several, has_aux=True)(x))
    attempt("vjp", lambda: vjp(several, x, has_aux=True))
    attempt("jacfwd", lambda: jacfwd(several, has_aux=True)(x))
attempt("no primals", lambda: jvp(torch.sin, (), ()))
attempt("one tensor", lambda: jvp(torch.sin, x, (y,)))
attempt("two tangents", lambda: jvp(torch.sin, (x,), (y, y)))
attempt("no tuple", lambda: jvp(torch.sin, (x,), y))
attempt("number", lambda: jvp(torch.sin, (1.0,), (y,)))
attempt("number as tangent", lambda: jvp(torch.sin, (x,), (1.0,)))
print(functionalize(lambda x: x.clone().add_(1))(x))
print(tree_flatten((x.sum(), [y.sum(), {"a": x.sum(), "b": ()}])))
