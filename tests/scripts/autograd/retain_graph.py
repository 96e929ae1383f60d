import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)


def again(name, make):
    out = make().sum()
    out.backward()
    try:
        out.backward()
        print(f"{name:<10} second pass works")
    except RuntimeError as e:
        print(f"{name:<10} {str(e)[:52]}")


again("x + 1", lambda: x + 1)
again("x * 2", lambda: x * 2)
again("x * x", lambda: x * x)
again("x ** 2", lambda: x ** 2)
again("exp", lambda: x.exp())
again("sin", lambda: torch.sin(x))
again("view", lambda: x.view(2, 1))
again("neg", lambda: -x)
again("sub", lambda: 5 - x)
again("mean", lambda: x.mean())
again("cat", lambda: torch.cat([x, x]))
again("relu", lambda: x.relu())
again("div", lambda: x / 2)
again("rdiv", lambda: 1 / x)
again("index", lambda: x[0])
again("matmul", lambda: x @ x)

x.grad = None
y = (x ** 2).sum()
for k in range(3):
    y.backward(retain_graph=True)
    print(k, x.grad)
y.backward()
print(x.grad)
try:
    y.backward(retain_graph=True)
except RuntimeError as e:
    print("Trying to backward" in str(e))

# one graph, two heads
w = torch.tensor(3.0, requires_grad=True)
shared = w ** 2
head1, head2 = shared * 2, shared + 1
head1.backward(retain_graph=True)
print(w.grad)
head2.backward()
print(w.grad)
w.grad = None
shared = w ** 2
(shared * 2 + shared + 1).backward()
print(w.grad)
