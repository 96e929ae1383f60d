# Python's own random numbers, seeded: a walk, a split, a dynamic network.
import random

import torch

random.seed(0)
print(random.random(), random.randint(1, 6), random.uniform(-1, 1), random.choice("abc"), random.gauss(0, 1))
items = list(range(8))
random.shuffle(items)
print(items, random.sample(items, 3), random.choices(["a", "b"], weights=[9, 1], k=5), random.randrange(0, 10, 3))
own = random.Random(42)
print(own.random(), own.getrandbits(16), random.Random(42).random() == random.Random(42).random())
state = random.getstate()
first = [random.random() for _ in range(3)]
random.setstate(state)
print(first == [random.random() for _ in range(3)])


class Recurrent(torch.nn.Module):
    """Uses its middle layer again, as often as chance says."""

    def __init__(self):
        super().__init__()
        self.inner = torch.nn.Linear(2, 2)
        self.uses = []

    def forward(self, x):
        for _ in range(random.randint(1, 3)):
            x = torch.tanh(self.inner(x))
        self.uses.append(x.grad_fn is not None)
        return x.sum()


random.seed(7)
torch.manual_seed(7)
net = Recurrent()
data = [(random.gauss(0, 1), random.random()) for _ in range(4)]
for pair in data:
    net.zero_grad()
    out = net(torch.tensor(pair))
    out.backward()
    print(f"{out.item():.4f} {net.inner.weight.grad.abs().sum().item():.4f}")
print(net.uses)
random.seed("a word")
print(random.random(), random.triangular(0, 1, 0.5), random.expovariate(1.5), random.normalvariate(0, 1), random.betavariate(1, 2))
