import torch


class Timer:
    """Counts the operations between its start and its end."""

    def __init__(self, label):
        self.label = label
        self.ticks = 0

    def __enter__(self):
        print("enter", self.label)
        return self

    def tick(self):
        self.ticks += 1

    def __exit__(self, kind, value, traceback):
        print("exit", self.label, self.ticks, kind.__name__ if kind else None)
        return kind is ZeroDivisionError


with Timer("a") as t:
    t.tick()
    t.tick()

with Timer("outer") as o, Timer("inner") as i:
    o.tick()
    1 / 0
print("swallowed")

try:
    with Timer("raises"):
        raise ValueError("through")
except ValueError as e:
    print("caught", e)

x = torch.ones(2, requires_grad=True)
print(torch.is_grad_enabled())
with torch.no_grad():
    print(torch.is_grad_enabled(), (x + 1).requires_grad)
    with torch.enable_grad():
        print(torch.is_grad_enabled(), (x + 1).requires_grad)
    print(torch.is_grad_enabled())
for mode in (True, False):
    with torch.set_grad_enabled(mode):
        y = x * 2
    print(mode, y.requires_grad, y.is_leaf)
torch.set_grad_enabled(False)
print((x * 2).requires_grad)
torch.set_grad_enabled(True)
print((x * 2).requires_grad)
guard = torch.no_grad()
with guard:
    z = x * 3
print(z, z.grad_fn)
with torch.inference_mode():
    w = x * 4
    print(torch.is_inference_mode_enabled())
print(w.requires_grad, torch.is_inference_mode_enabled())
