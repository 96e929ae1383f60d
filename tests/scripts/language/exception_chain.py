# What led to an exception, and how a retry tells of it.
import torch


class StepFailed(Exception):
    def __init__(self, step, reason):
        super().__init__(f"step {step}: {reason}")
        self.step = step


def step(n):
    x = torch.ones(2, requires_grad=True)
    try:
        if n == 0:
            x.add_(1)
        elif n == 1:
            return {}["gradient"]
        elif n == 2:
            raise ValueError("by hand")
        return n
    except KeyError as e:
        raise StepFailed(n, "no such key") from e
    except ValueError:
        raise StepFailed(n, "hidden") from None


for n in range(4):
    try:
        print(step(n))
    except StepFailed as e:
        print(e, e.step, repr(e.__cause__), e.__suppress_context__, type(e.__cause__).__name__)
    except RuntimeError as e:
        print(type(e).__name__, e)
try:
    try:
        1 / 0
    except ZeroDivisionError:
        int("one")
except ValueError as e:
    print(repr(e.__context__), e.__cause__, e.__suppress_context__)
