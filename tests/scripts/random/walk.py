import torch

torch.manual_seed(77)
steps = torch.randint(0, 2, (20,)) * 2 - 1
position = steps.cumsum(0)
print(steps.tolist())
print(position)
print(position.max().item(), position.min().item(), (position == 0).sum().item())
# Langevin: a walk that follows a gradient
x = torch.tensor([3.0, -3.0], requires_grad=True)
path = []
for k in range(50):
    energy = 0.5 * (x ** 2).sum()
    g, = torch.autograd.grad(energy, x)
    x = (x - 0.1 * g + 0.05 * torch.randn(2)).detach().requires_grad_()
    if k % 10 == 9:
        path.append([round(v, 3) for v in x.tolist()])
print(path)
# a Markov chain
P = torch.tensor([[0.9, 0.1], [0.5, 0.5]])
state, visits = 0, [0, 0]
for _ in range(100):
    state = int(torch.rand(()) > P[state, 0])
    visits[state] += 1
print(visits)
stationary = torch.tensor([0.5, 0.5])
for _ in range(50):
    stationary = stationary @ P
print(stationary)
# antithetic pairs
u = torch.rand(5)
pairs = torch.stack([u, 1 - u])
print(pairs.mean(), pairs)
score = torch.tensor(0.5, requires_grad=True)
# REINFORCE on a coin
for i in range(3):
    p = torch.sigmoid(score)
    coin = torch.bernoulli(p.detach())
    log_prob = coin * p.log() + (1 - coin) * (1 - p).log()
    (-log_prob * coin).backward()
    print(int(coin), score.grad)
    score.grad = None
