import torch

x = "global"


def outer():
    x = "outer"

    def inner():
        return x

    def rebind():
        nonlocal x
        x = "rebound"

    before = inner()
    rebind()
    return before, inner()


print(outer(), x)
functions = [lambda: k for k in range(3)]
print([f() for f in functions])
functions = [lambda k=k: k for k in range(3)]
print([f() for f in functions])


def shadow(sum):
    return sum + 1


print(shadow(1), sum([1, 2]))
try:
    def early():
        print(later)
        later = 1
    early()
except UnboundLocalError as e:
    print(type(e).__name__)

hooks = []


def make_hook(name):
    def hook(grad):
        hooks.append((name, grad.item()))
    return hook


a = torch.tensor(2.0, requires_grad=True)
b = a * 3
c = b ** 2
for name, t in {"a": a, "b": b, "c": c}.items():
    t.register_hook(make_hook(name))
c.backward()
print(hooks)


class A:
    x = 1

    def get(self):
        return x, self.x, A.x


print(A().get())
counter = {"n": 0}


def bump():
    counter["n"] += 1
    return counter["n"]


print([bump() for _ in range(3)], counter)
for i in range(3):
    last = i
print(i, last)
del last
try:
    last
except NameError as e:
    print("NameError:", e)
