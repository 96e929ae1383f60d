import torch

x = torch.tensor(2.0, requires_grad=True)
w = torch.tensor(3.0, requires_grad=True)
k = torch.tensor(4.0)
y = (x * w + k).sin() / x
print(y.grad_fn)
print(y.grad_fn.next_functions)


def walk(fn, level=0, seen=None):
    seen = {} if seen is None else seen
    label = type(fn).__name__
    print("   " * level + label + (" (again)" if fn in seen else ""))
    if fn in seen:
        return
    seen[fn] = True
    for parent, index in fn.next_functions:
        if parent is None:
            print("   " * (level + 1) + "None", index)
        else:
            walk(parent, level + 1, seen)


walk(y.grad_fn)
leafs = []
stack = [y.grad_fn]
while stack:
    fn = stack.pop()
    if hasattr(fn, "variable"):
        leafs.append(fn.variable)
    stack.extend(p for p, _ in fn.next_functions if p is not None)
print([t.item() for t in leafs], leafs[0] is x or leafs[0] is w)
z = x * x
print(z.grad_fn.next_functions[0][0] is z.grad_fn.next_functions[1][0], len(z.grad_fn.next_functions))
print((x + 1).grad_fn.next_functions[0][0].name(), (x + 1).grad_fn.next_functions[1:])
print((k * x).grad_fn.next_functions[0], x.grad_fn, (k + 1).grad_fn)
a, b = torch.tensor([1., 2.], requires_grad=True).unbind()
print(a.grad_fn is b.grad_fn, a.grad_fn.name(), a.output_nr, b.output_nr, (a * b).grad_fn.next_functions[1][1])
fn = (x.exp() + 1).log().grad_fn
names = []
while fn is not None and fn.next_functions:
    names.append(fn.name())
    fn = fn.next_functions[0][0]
print(" -> ".join(names), fn.variable)
print(y.grad_fn.name() == "DivBackward0", y.grad_fn == y.grad_fn, y.grad_fn.next_functions[0][0].name())
