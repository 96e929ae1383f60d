import torch


def first_clause(message):
    """The words that people search for; what follows them differs from version to version."""
    for end in (". ", " (", ", and", ", which", "; "):
        message = message.split(end)[0]
    return message.rstrip(".")


def attempt(label, f):
    try:
        f()
    except (RuntimeError, TypeError, ValueError, AttributeError) as e:
        print(f"{label}: {type(e).__name__}: {first_clause(str(e))}")
    else:
        print(f"{label}: fine")


x = torch.tensor([1.0, 2.0], requires_grad=True)
attempt("vector", lambda: (x * 2).backward())
attempt("no graph", lambda: torch.tensor(1.0).backward())
attempt("int", lambda: torch.tensor([1, 2], requires_grad=True))
attempt("int attr", lambda: torch.tensor([1]).requires_grad_())
attempt("detached", lambda: (x.detach() ** 2).sum().backward())
attempt("argmax", lambda: x.argmax().backward())
attempt("comparison", lambda: (x > 1).sum().backward())
attempt("numpy", lambda: x.numpy())
attempt("flags", lambda: (x * 2).requires_grad_(False))
attempt("leaf", lambda: x.mul_(2))
attempt("weights", lambda: (x * 2).backward(torch.ones(3)))
attempt("unused", lambda: torch.autograd.grad((x * 2).sum(), torch.ones(1, requires_grad=True)))
attempt("not required", lambda: torch.autograd.grad((x * 2).sum(), torch.ones(1)))
attempt("grad shape", lambda: setattr(x, "grad", torch.ones(3)))
attempt("grad dtype", lambda: setattr(x, "grad", torch.ones(2, dtype=torch.float64)))
attempt("grad type", lambda: setattr(x, "grad", 1.0))
attempt("mean of ints", lambda: torch.tensor([1, 2]).mean())
attempt("no attribute", lambda: x.gradient)
attempt("no function", lambda: torch.sinus(x))
attempt("size-1 weight-free", lambda: (x[:1] * 2).backward())


def twice():
    y = (x ** 2).sum()
    y.backward()
    y.backward()


def under_no_grad():
    with torch.no_grad():
        y = (x ** 2).sum()
    y.backward()


def second():
    g, = torch.autograd.grad((x ** 2).sum(), x)
    g.sum().backward()


def linear_second():
    g, = torch.autograd.grad((x * 3).sum(), x, create_graph=True)
    g.sum().backward()


def floor_division():
    (x // 2).sum().backward()


for f in (twice, under_no_grad, second, linear_second, floor_division):
    attempt(f.__name__, f)
print(x.grad)
