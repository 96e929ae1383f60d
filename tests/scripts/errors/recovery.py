# Loops that meet errors and go on.
import torch

shapes = [(2, 3), (3, 2), (3,), (4,), ()]
m = torch.arange(6.).view(2, 3)
results = {}
for shape in shapes:
    other = torch.ones(shape)
    try:
        results[shape] = tuple((m @ other).shape)
    except RuntimeError as e:
        results[shape] = type(e).__name__
    else:
        print("worked for", shape)
print(results)


def safe_backward(t, retries=2):
    for attempt in range(retries + 1):
        try:
            t.backward()
            return attempt
        except RuntimeError as e:
            if "scalar outputs" in str(e):
                t = t.sum()
            elif "does not require grad" in str(e):
                return None
            else:
                raise


x = torch.ones(3, requires_grad=True)
print(safe_backward(x * 2), x.grad)
print(safe_backward(torch.ones(1)))
try:
    y = (x * x).sum()
    y.backward()
    print(safe_backward(y))
except RuntimeError as e:
    print("raised again:", str(e)[:48])
skipped = 0
for value in [4.0, -1.0, 0.0, 9.0, "x", None]:
    try:
        t = torch.tensor(value, requires_grad=True)
        root = t.sqrt()
        root.backward()
        if not torch.isfinite(t.grad):
            raise ArithmeticError(f"gradient {t.grad.item()} at {value}")
        print(value, t.grad.item())
    except (TypeError, ValueError, RuntimeError) as e:
        skipped += 1
    except ArithmeticError as e:
        print("arithmetic:", e)
print("skipped", skipped)
