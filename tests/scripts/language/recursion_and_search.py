import torch


def power(x, n):
    """x ** n by squaring, so that the graph has few nodes."""
    if n == 0:
        return torch.ones_like(x)
    half = power(x, n // 2)
    return half * half if n % 2 == 0 else half * half * x


def depth(node):
    if node is None:
        return 0
    return 1 + max((depth(parent) for parent, _ in node.next_functions), default=0)


def show(node, indent=0):
    print("  " * indent + node.name())
    for parent, index in node.next_functions:
        if parent is not None:
            show(parent, indent + 1)


x = torch.tensor(1.5, requires_grad=True)
for n in (0, 1, 2, 5, 8):
    y = power(x, n)
    if n == 0:
        print(n, y.item(), y.requires_grad)
        continue
    g, = torch.autograd.grad(y, x)
    print(n, y.item(), g.item(), n * 1.5 ** (n - 1) == g.item())

show(power(x, 3).grad_fn)
print(depth((x.exp() * x + 1).grad_fn))


def bisect(f, low, high, tolerance=1e-6):
    while high - low > tolerance:
        middle = (low + high) / 2
        low, high = (middle, high) if f(low) * f(middle) > 0 else (low, middle)
    return (low + high) / 2


print(f"{bisect(lambda t: t ** 2 - 2, 0.0, 2.0):.4f}")


def fib(n, memo={0: 0, 1: 1}):
    if n not in memo:
        memo[n] = fib(n - 1) + fib(n - 2)
    return memo[n]


print(fib(90), [fib(i) for i in range(10)])


def flatten(nested):
    return [leaf for item in nested for leaf in (flatten(item) if isinstance(item, list) else [item])]


print(flatten([1, [2, [3, [4]]], 5]))
