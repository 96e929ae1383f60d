# Hooks of functions of the graph: before their work, and behind it.
import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
w = torch.tensor([3.0, 4.0], requires_grad=True)
y = x * w
z = y.sum()


def before(grad_outputs):
    print("before", grad_outputs)


def behind(grad_inputs, grad_outputs):
    print("behind", grad_inputs, grad_outputs)


first = y.grad_fn.register_prehook(before)
second = y.grad_fn.register_hook(behind)
z.backward(retain_graph=True)
print(x.grad, w.grad)
first.remove()
second.remove()
z.backward(retain_graph=True)
print(x.grad)

x.grad = w.grad = None
y.grad_fn.register_prehook(lambda grads: (grads[0] * 10,))
y.grad_fn.register_hook(lambda inputs, outputs: (inputs[0] + 1, inputs[1] - 1))
z.backward(retain_graph=True)
print(x.grad, w.grad)

c = torch.tensor([5.0, 6.0])
v = x * c
v.grad_fn.register_hook(behind)
v.sum().backward()

leaf = torch.tensor(2.0, requires_grad=True)
sink = (leaf * 1).grad_fn.next_functions[0][0]
print(sink.name(), sink.variable is leaf)
sink.register_hook(lambda inputs, outputs: print("sink", inputs, outputs, leaf.grad))
sink.register_prehook(lambda grads: (grads[0] * 2,))
(leaf * 3).backward()
print(leaf.grad)

a = torch.tensor([1.0, 2.0], requires_grad=True)
b = a.exp()
b.grad_fn.register_hook(lambda inputs, outputs: (1,))
try:
    b.sum().backward()
except (RuntimeError, TypeError) as error:
    print(type(error).__name__)

# A pass that is itself differentiated.
t = torch.tensor(3.0, requires_grad=True)
u = t**3
u.grad_fn.register_hook(lambda inputs, outputs: (inputs[0] * 2,))
(g,) = torch.autograd.grad(u, t, create_graph=True)
print(g)
(h,) = torch.autograd.grad(g, t)
print(h)
parts = torch.cat([t.view(1), t.view(1)])
parts.grad_fn.register_hook(behind)
parts.sum().backward()
