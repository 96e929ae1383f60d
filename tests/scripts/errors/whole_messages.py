"""What is printed of an error that was caught: the whole message, to the last word."""
import torch


def attempt(label, action):
    try:
        action()
    except Exception as error:
        print(f"{label}: {type(error).__name__}: {error}")
    else:
        print(f"{label}: fine")


def twice():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = (x ** 3).sum()
    loss.backward()
    loss.backward()


def squared_then_changed():
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2
    z = (y ** 2).sum()
    y.mul_(0.5)
    z.backward()


def result_changed():
    x = torch.tensor([[0.5, 1.5]], dtype=torch.float64, requires_grad=True)
    s = torch.sigmoid(x)
    s -= 0.5
    s.sum().backward()


def entry_assigned():
    x = torch.arange(4.0, requires_grad=True)
    y = x + 1
    product = y * y
    y[0] = 10.0
    product.sum().backward()


def parameters_updated_too_soon():
    w1 = torch.tensor([[1.0, -1.0]], requires_grad=True)
    w2 = torch.tensor([[2.0], [0.5]], requires_grad=True)
    loss = (torch.ones(3, 1) @ w1 @ w2).sum()
    with torch.no_grad():
        w2 -= 0.1
        w2 -= 0.1
    loss.backward()


def second_of_two_results():
    x = torch.tensor([[3.0, 1.0], [2.0, 5.0]], requires_grad=True)
    values, order = torch.sort(x * 1, dim=1)
    squares = values * values
    values.add_(1)
    squares.sum().backward()


def places_changed():
    x = torch.tensor([[3.0, 1.0], [2.0, 5.0]], requires_grad=True)
    values, places = x.max(dim=1)
    places.zero_()
    values.sum().backward()


class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        x.mul_(2)
        ctx.mark_dirty(x)
        return x

    @staticmethod
    def backward(ctx, g):
        return 2 * g


def marked_as_changed():
    x = torch.ones(3, requires_grad=True)
    y = x * 1
    before = (y * y).sum()
    z = Doubled.apply(y)
    print(z._version, z is y)
    before.backward()


for action in (twice, squared_then_changed, result_changed, entry_assigned, parameters_updated_too_soon,
               second_of_two_results, places_changed, marked_as_changed):
    attempt(action.__name__, action)

x = torch.tensor([1.0, 2.0], requires_grad=True)
attempt("not a scalar", lambda: (x * 2).backward())
attempt("whole numbers", lambda: torch.tensor([1, 2], requires_grad=True))
attempt("whole numbers, later", lambda: torch.tensor([1, 2]).requires_grad_())
attempt("not used", lambda: torch.autograd.grad(x.sum(), torch.ones(2, requires_grad=True)))
attempt("no grad", lambda: torch.ones(2).sum().backward())
attempt("weights", lambda: (x * 2).backward(torch.ones(3)))
attempt("leaf", lambda: x.add_(1))
attempt("numpy", lambda: x.numpy())
attempt("product", lambda: torch.ones(2, 3) @ torch.ones(2, 3))
attempt("sizes", lambda: torch.ones(2, 3) + torch.ones(4))
attempt("item", lambda: torch.ones(3).item())
attempt("view", lambda: torch.ones(2, 3).T.view(6))
