# A student learns from a teacher's softened answers: KL divergence in its reductions, and weights of rare positives.
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(5)
logits, teacher = torch.randn(4, 3, requires_grad=True), torch.randn(4, 3)
student, soft = F.log_softmax(logits, dim=1), F.softmax(teacher, dim=1)
for reduction in ("batchmean", "sum", "none", "mean"):
    print(reduction, F.kl_div(student, soft, reduction=reduction))
divergence = nn.KLDivLoss(reduction="batchmean", log_target=True)
print(divergence, divergence(student, F.log_softmax(teacher, dim=1)))
by_hand = (soft * (soft.log() - student)).sum() / 4
print(torch.allclose(by_hand, F.kl_div(student, soft, reduction="batchmean")))

big, small = nn.Linear(5, 3), nn.Linear(5, 3)
data = torch.randn(32, 5)
T = 2.0
optimizer = torch.optim.SGD(small.parameters(), lr=0.5)
for step in range(30):
    with torch.no_grad():
        target = F.softmax(big(data) / T, dim=-1)
    loss = F.kl_div(F.log_softmax(small(data) / T, dim=-1), target, reduction="batchmean") * T**2
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 10 == 9:
        print(f"{step + 1}: {loss.item():.4f}")

scores = torch.randn(4, 3, requires_grad=True)
labels = (torch.rand(4, 3) > 0.7).float()
weights = torch.tensor([1.0, 2.0, 5.0])
for criterion in (
    nn.BCEWithLogitsLoss(pos_weight=weights),
    nn.BCEWithLogitsLoss(weight=weights, reduction="none"),
    nn.BCEWithLogitsLoss(weight=weights, pos_weight=weights),
):
    loss = criterion(scores, labels)
    print(criterion, loss, sorted(criterion.state_dict()))
    print(torch.autograd.grad(loss.sum(), scores)[0])
loss = F.binary_cross_entropy(scores.sigmoid(), labels, weight=weights)
print(loss, loss.grad_fn.next_functions[0][0].name())
try:
    F.binary_cross_entropy_with_logits(scores, labels, pos_weight=weights[:2])
except RuntimeError as error:
    print(error)
