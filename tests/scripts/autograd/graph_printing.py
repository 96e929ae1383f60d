# Walks through graphs, printed in levels; the same leaf reached twice; nodes compared by identity.
import torch


def outline(node, depth=0):
    if node is None:
        return
    print("  " * depth + node.name().replace("torch::autograd::", ""))
    for following, place in node.next_functions:
        outline(following, depth + 1)


w = torch.tensor([1.0, 2.0], requires_grad=True)
b = torch.tensor(0.5, requires_grad=True)
hidden = torch.relu(w * 3 + b)
loss = (hidden - 1).pow(2).mean() + w.norm()
outline(loss.grad_fn)
print(type(loss.grad_fn).__name__, hidden.grad_fn is loss.grad_fn, w.grad_fn, w.is_leaf)
stack, seen = [loss.grad_fn], {}
while stack:
    node = stack.pop()
    seen[type(node).__name__] = seen.get(type(node).__name__, 0) + 1
    stack.extend(following for following, _ in node.next_functions if following is not None)
print(dict(sorted(seen.items())))
leaves = [node.variable for node, _ in (w * b).grad_fn.next_functions]
print(leaves[0] is w, leaves[1] is b, [n for n, _ in (w * 2).grad_fn.next_functions][1])
