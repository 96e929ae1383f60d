# A polynomial of degree three is fitted to sin on [-pi, pi], all gradients by hand.
import math
import torch

dtype = torch.float64
x = torch.linspace(-math.pi, math.pi, 400, dtype=dtype)
y = torch.sin(x)

torch.manual_seed(5)
a = torch.randn((), dtype=dtype)
b = torch.randn((), dtype=dtype)
c = torch.randn((), dtype=dtype)
d = torch.randn((), dtype=dtype)
print("start:", *(round(p.item(), 4) for p in (a, b, c, d)))

learning_rate = 5e-6
for t in range(300):
    y_pred = a + b * x + c * x ** 2 + d * x ** 3
    loss = (y_pred - y).pow(2).sum().item()
    if t % 60 == 59:
        print(t, format(loss, ".6f"))

    grad_y_pred = 2.0 * (y_pred - y)
    grad_a = grad_y_pred.sum()
    grad_b = (grad_y_pred * x).sum()
    grad_c = (grad_y_pred * x ** 2).sum()
    grad_d = (grad_y_pred * x ** 3).sum()

    a -= learning_rate * grad_a
    b -= learning_rate * grad_b
    c -= learning_rate * grad_c
    d -= learning_rate * grad_d

print(f"Result: y = {a.item():.5f} + {b.item():.5f} x + {c.item():.5f} x^2 + {d.item():.5f} x^3")
