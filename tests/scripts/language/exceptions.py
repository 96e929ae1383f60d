import torch


def attempt(f, *args):
    try:
        result = f(*args)
    except ZeroDivisionError:
        print("division")
        return None
    except (ValueError, KeyError) as e:
        print(type(e).__name__, "-", e)
    except RuntimeError as e:
        print("runtime:", str(e).split(",")[0])
    else:
        print("fine:", result)
        return result
    finally:
        print("--")


attempt(lambda: 1 / 0)
attempt(int, "x1")
attempt(lambda: {"a": 1}["b"])
attempt(lambda: torch.tensor([1.0, 2.0]).backward())
attempt(lambda a, b: a + b, 1, 2)


class ShapeError(ValueError):
    def __init__(self, want, got):
        super().__init__(f"wanted {want}, got {got}")
        self.want, self.got = want, got


def check(t, *shape):
    if tuple(t.shape) != shape:
        raise ShapeError(shape, tuple(t.shape))
    return t


try:
    check(torch.zeros(2, 3), 3, 2)
except ShapeError as e:
    print(e, e.want, e.got, isinstance(e, ValueError))

try:
    try:
        [][0]
    except IndexError as e:
        print("inner", e)
        raise RuntimeError("outer") from e
except RuntimeError as e:
    print(e, "|", e.args)

try:
    assert torch.zeros(1).item() == 1, "not one"
except AssertionError as e:
    print("AssertionError:", e)

for value in ("3", "three", None):
    try:
        print(float(value))
    except (TypeError, ValueError) as error:
        print(type(error).__name__)


def risky(n):
    for i in range(n):
        try:
            if i == 2:
                return f"returned at {i}"
        finally:
            print("cleanup", i)


print(risky(5))
try:
    undefined_name
except NameError as e:
    print(e)
try:
    raise Exception("a", 1)
except Exception as e:
    print(e, e.args, repr(e))
