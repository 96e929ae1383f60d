"""Functions: defaults, keywords, star arguments, closures and recursion."""
import torch


def scale(x, factor=2.0, *, shift=0.0):
    """x scaled, then shifted."""
    return x * factor + shift


def total(*parts, **named):
    result = sum(parts)
    for key in sorted(named):
        result = result + named[key]
    return result


def make_counter(start=0):
    count = start

    def step(by=1):
        nonlocal count
        count += by
        return count

    return step


calls = 0


def counted(x):
    global calls
    calls += 1
    return x ** 2


def factorial(n):
    return 1 if n <= 1 else n * factorial(n - 1)


def minmax(t):
    return t.min(), t.max()


def nothing():
    pass


x = torch.tensor([1.0, -2.0], requires_grad=True)
print(scale(x), scale(x, 3.0), scale(x, shift=1.0), scale(factor=0.5, x=x))
print(total(1, 2, 3), total(1.5, a=2, b=torch.tensor(3.0)))
c = make_counter(10)
c(); c(5)
print(c(), make_counter()())
counted(x); counted(x)
print("calls:", calls)
print(factorial(20), factorial(5))
low, high = minmax(x.detach())
print(low, high)
print(nothing(), scale.__name__, scale.__doc__)
args, options = (x,), {"factor": 10.0, "shift": -1.0}
print(scale(*args, **options))
compose = lambda f, g: lambda z: f(g(z))
square_then_double = compose(lambda z: 2 * z, lambda z: z ** 2)
out = square_then_double(x).sum()
out.backward()
print(out, x.grad)


def accumulate(value, bucket=[]):
    bucket.append(value)
    return bucket


accumulate(1)
print(accumulate(2))
print((lambda *a, k=1, **kw: (a, k, kw))(1, 2, k=3, z=4))
