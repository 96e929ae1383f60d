# collections beside tensors: parameters by name, losses in a window, gradients in groups.
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple

import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(OrderedDict([("hidden", nn.Linear(2, 3)), ("act", nn.Tanh()), ("out", nn.Linear(3, 1))]))
print(net)
sizes = OrderedDict((name, tuple(p.shape)) for name, p in net.named_parameters())
print(sizes)
sizes.move_to_end("hidden.weight")
print(list(sizes)[-1], sizes == dict(sizes))

Step = namedtuple("Step", ["number", "loss", "norm"], defaults=[0.0])
recent = deque(maxlen=3)
groups = defaultdict(list)
w = torch.tensor([4.0, -2.0], requires_grad=True)
for number in range(5):
    loss = (w**2).sum()
    loss.backward()
    step = Step(number, loss.item(), norm=w.grad.norm().item())
    recent.append(round(step.loss, 3))
    groups["even" if number % 2 == 0 else "odd"].append(step.number)
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad = None
print(recent, sum(recent) / len(recent), recent[0], recent.maxlen)
print(groups, dict(groups), "never" in groups, groups["never"], len(groups))
print(step._replace(loss=0.0, norm=1.5), step._fields, Step(1, 2.0), Step(1, 2.0)._asdict())
number, *rest = step._replace(loss=1.0, norm=2.0)
print(number, rest, isinstance(step, tuple), step[0] == step.number)
try:
    step.loss = 1.0
except AttributeError as e:
    print(type(e).__name__)
try:
    Step()
except TypeError as e:
    print(type(e).__name__)

predicted = torch.tensor([0, 2, 2, 1, 2, 0])
votes = Counter(predicted.tolist())
print(votes, votes.most_common(1), votes[7], sum(votes.values()), votes + Counter({0: 5}), sorted(votes.elements()))
queue = deque([w.detach()])
queue.extend([torch.zeros(1)] * 2)
queue.appendleft(torch.ones(1))
queue.rotate(1)
print([tuple(t.shape) for t in queue], queue.popleft(), len(queue))
