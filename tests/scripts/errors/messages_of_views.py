"""Views that may not be changed: the whole messages, as a script that catches them reads them."""
import torch
def attempt(f):
    try:
        f(); print("no error")
    except Exception as e:
        print(type(e).__name__, "|", e)
def f():
    x = torch.ones(4, requires_grad=True)
    a, b = (x*1).split(2)
    a.add_(1)
attempt(f)
def f():
    x = torch.ones(4, requires_grad=True)
    a, b = (x*1).split(2)
    c = a*b
    b.detach().add_(1)
    b = b.view(2) ; (a*b).sum().backward()
attempt(f)
def f():
    x = torch.ones(4, requires_grad=True); y = x*1
    with torch.no_grad(): v = y[:2]
    v.add_(1)
attempt(f)
def f():
    x = torch.ones(4, requires_grad=True); y = x*1
    a, b = y.unbind(0)[:2]
    y.add_(1)
    print(a.grad_fn)
attempt(f)
def f():
    x = torch.ones(4, requires_grad=True); y = x*1
    with torch.no_grad(): v = y[:2]
    y.add_(1)
    print(v.grad_fn)
attempt(f)
def f():
    x = torch.ones(4, requires_grad=True)
    v = x[:2]
    v.add_(1)
attempt(f)
