import torch

features = torch.ones(4, 3)
weights = torch.ones(4, 2, requires_grad=True)
print(features.shape, weights.shape)
scores = features @ weights
print(scores)
