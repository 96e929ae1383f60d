import torch

x = torch.tensor(3.0, requires_grad=True)
y = x ** 2
z = y.detach() * x
z.backward()
print(x.grad)

# straight-through estimator
a = torch.tensor([0.2, 0.7, 1.6], requires_grad=True)
hard = a.round()
st = a + (hard - a).detach()
st.sum().backward()
print(st, a.grad)

# target network: only one side learns
online = torch.tensor([1.0, 2.0], requires_grad=True)
target = (online * 0.9 + 1).detach()
loss = ((online - target) ** 2).mean()
loss.backward()
print(online.grad, target.requires_grad)

# freezing
w1 = torch.tensor(2.0, requires_grad=True)
w2 = torch.tensor(4.0, requires_grad=True)
w1.requires_grad_(False)
(w1 * w2).backward()
print(w1.grad, w2.grad)
w1.requires_grad = True
(w1 * w2).backward()
print(w1.grad, w2.grad)

# detach shares memory, clone does not
p = torch.ones(2, requires_grad=True)
q, r = p.detach(), p.detach().clone()
q[0] = 7.0
r[1] = -1.0
print(p, q, r)
c = p.clone()
print(c.requires_grad, c.is_leaf)
(c * torch.tensor([1.0, 2.0])).sum().backward()
print(p.grad)

# .data hides a change from autograd, detach does not
s = torch.tensor([1.0, 2.0], requires_grad=True)
out = s.sigmoid()
out.data.zero_()
out.sum().backward()
print(s.grad)
out = s.sigmoid()
out.detach().zero_()
try:
    out.sum().backward()
except RuntimeError as e:
    print(type(e).__name__, str(e).split(":")[0])

# truncated backpropagation through time
state, total = torch.tensor(0.0), 0.0
w = torch.tensor(0.5, requires_grad=True)
for t in range(4):
    state = torch.tanh(w * state + 1.0)
    if t % 2 == 1:
        state.backward()
        total += w.grad.item()
        w.grad = None
        state = state.detach()
print(round(total, 4), state.requires_grad)
