# Losses of pairs and triples, and a small siamese network that pulls like points together.
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(2)
a, b, c = (torch.randn(4, 3, requires_grad=True) for _ in range(3))
signs = torch.tensor([1.0, -1.0, 1.0, -1.0])
results = {
    "cosine": nn.CosineSimilarity()(a, b),
    "distance": nn.PairwiseDistance(p=1)(a, b),
    "margin": nn.MarginRankingLoss(margin=0.5)(a[:, 0], b[:, 0], signs),
    "hinge": nn.HingeEmbeddingLoss(margin=2.0)((a - b).abs().sum(1), signs),
    "cosine embedding": nn.CosineEmbeddingLoss(margin=0.1)(a, b, signs),
    "triplet": nn.TripletMarginLoss(margin=2.0, p=2)(a, b, c),
    "triplet, swapped": F.triplet_margin_loss(a, b, c, swap=True, reduction="none"),
}
for name, loss in results.items():
    gradient = torch.autograd.grad(loss.sum(), a)[0]
    print(name, loss, gradient[0])
print(nn.CosineSimilarity(dim=0), nn.PairwiseDistance(), nn.TripletMarginLoss())
unit = F.normalize(a, dim=1)
print(unit.norm(dim=1), unit[0], F.normalize(torch.zeros(2, 2)), F.normalize(a, p=1, dim=0).abs().sum(0))
print(torch.allclose(unit @ unit.t(), F.cosine_similarity(a[:, None], a[None], dim=-1)))

encoder = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 2))
optimizer = torch.optim.Adam(encoder.parameters(), lr=0.05)
anchors, others = torch.randn(6, 3), torch.randn(6, 3)
for step in range(20):
    loss = F.triplet_margin_loss(encoder(anchors), encoder(anchors + 0.1), encoder(others))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 10 == 9:
        print(f"step {step + 1}: {loss.item():.3f}")
for wrong in (
    lambda: F.triplet_margin_loss(a, b, c, margin=-1),
    lambda: F.margin_ranking_loss(a[0], b[0], signs[:, None]),
    lambda: F.cosine_embedding_loss(a, b, a),
    lambda: F.cosine_similarity(a, b, dim=2),
):
    try:
        wrong()
    except Exception as error:
        print(type(error).__name__, error)
