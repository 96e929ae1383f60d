# Fit y = 2x with one weight; the gradient is worked out on paper.
import torch

xs = torch.tensor([1.0, 2.0, 3.0, 4.0])
ys = torch.tensor([2.0, 4.0, 6.0, 8.0])
w = 0.0


def forward(x):
    return w * x


def loss_of(y, y_hat):
    return ((y_hat - y) ** 2).mean()


def gradient(x, y, y_hat):
    # d/dw mean((w x - y)^2) = mean(2 x (w x - y))
    return torch.mean(2 * x * (y_hat - y)).item()


print(f"Prediction before training: f(5) = {forward(5):.3f}")
learning_rate = 0.01
for epoch in range(20):
    y_hat = forward(xs)
    loss = loss_of(ys, y_hat)
    dw = gradient(xs, ys, y_hat)
    w -= learning_rate * dw
    if epoch % 2 == 0:
        print(f"epoch {epoch + 1}: w = {w:.3f}, loss = {loss:.5f}")
print(f"Prediction after training: f(5) = {forward(5):.3f}")
