"""What a program may ask of the backward pass that runs, and hooks that come while a function of the graph does its work."""

import torch
from torch.autograd.graph import Node, saved_tensors_hooks
from torch.utils.checkpoint import checkpoint


class Halving(saved_tensors_hooks):
    """Lets the function that asks for what it saved halve its gradients."""

    def __init__(self):
        def unpack(x):
            node = torch._C._current_autograd_node()
            print("unpacking for", node.name())
            node.register_hook(lambda found, arrived: (print(arrived), tuple([g / 2 for g in found]))[1])
            return x

        super().__init__(lambda x: x, unpack)


x = torch.tensor([1.0, 2.0], requires_grad=True)
with Halving():
    x.pow(3).sum().backward()
print(x.grad, torch._C._current_autograd_node())

a = torch.tensor(1.0, requires_grad=True)
b = torch.tensor(2.0, requires_grad=True)
c = a * b
d, other = c.sin(), c.cos()
leaf = c.grad_fn.next_functions[0][0]
will = torch._C._will_engine_execute_node


def ask(_):
    order = torch._C._current_graph_task_execution_order()
    print([each.name() for each in order], [will(each) for each in (leaf, c.grad_fn, other.grad_fn)])


d.register_hook(ask)
with torch.autograd.set_multithreading_enabled(False):
    d.backward(retain_graph=True)
    d.backward(inputs=(b,))
for question in (lambda: will(c.grad_fn), torch._C._current_graph_task_execution_order):
    try:
        question()
    except RuntimeError as error:
        print(str(error).split(",")[0])

print(issubclass(torch._C._functions.DelayedError, Node), issubclass(torch._C._functions.AccumulateGrad, Node))
with torch.no_grad():
    y = torch.ones(2)
    y.add_(1).add_(1)
torch._C._autograd._unsafe_set_version_counter((y,), (1,))
print(y._version)

z = torch.ones(2, requires_grad=True)
z._backward_hooks = {"first": lambda g: g * 2}
z._backward_hooks["second"] = lambda g: print("second sees", g)
z.sum().backward()
print(z.grad, torch.ones(2)._backward_hooks)

def product(x, y):
    out = torch.mm(x, y)
    print(out.dtype, torch.is_autocast_enabled("cpu"))
    return out


w = torch.eye(2, requires_grad=True)
for reentrant in (False, True):
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = checkpoint(product, w, torch.ones(2, 2), use_reentrant=reentrant)
    out.float().sum().backward()
print(w.grad)

values = torch.tensor([3.0, 1.0, 3.0])
print(torch._unique(values), torch._unique2(values, return_counts=True), torch._VF.unique_dim(values, 0))
with torch.autograd.profiler.emit_itt():
    print(values + 1)
