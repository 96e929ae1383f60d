import torch
import torch.nn.functional as F

logits = torch.tensor([[2.0, 1.0, 0.1], [0.5, 2.5, -1.0]], requires_grad=True)
targets = torch.tensor([0, 1])

shifted = logits - logits.max(dim=1, keepdim=True)[0]
exps = shifted.exp()
probs = exps / exps.sum(dim=1, keepdim=True)
print(probs)
print(probs.sum(1))

loss = -probs[torch.arange(len(targets)), targets].log().mean()
loss.backward()
by_hand = logits.grad.clone()
print("loss by hand:", f"{loss.item():.6f}")
print(by_hand)

logits.grad.zero_()
reference = F.cross_entropy(logits, targets)
reference.backward()
print("F.cross_entropy:", f"{reference.item():.6f}", reference.grad_fn.name())
print("same gradient:", torch.allclose(by_hand, logits.grad, atol=1e-6))

one_hot = torch.zeros_like(logits)
one_hot[torch.arange(2), targets] = 1
print((F.softmax(logits, dim=-1) - one_hot).div(2))
print(F.log_softmax(logits, 1).argmax(dim=1).tolist())
print(F.nll_loss(F.log_softmax(logits, dim=1), targets))
