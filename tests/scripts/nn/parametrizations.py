# Parametrized tensors: own ones, weight and spectral norm, orthogonal matrices, caching, removal.
import copy
import torch
import torch.nn as nn
import torch.nn.utils.parametrize as parametrize
from torch.nn.utils import parametrizations

torch.manual_seed(0)


class Symmetric(nn.Module):
    def forward(self, X):
        return X.triu() + X.triu(1).T

    def right_inverse(self, A):
        return A.triu()


class Double(nn.Module):
    def forward(self, X):
        return 2 * X


layer = nn.Linear(3, 3)
parametrize.register_parametrization(layer, "weight", Symmetric())
print(layer)
print(layer.weight, type(layer).__name__, parametrize.is_parametrized(layer, "weight"), parametrize.is_parametrized(layer, "bias"))
layer(torch.ones(1, 3)).sum().backward()
print(layer.parametrizations.weight.original.grad)
A = torch.rand(3, 3)
layer.weight = A + A.T
print(torch.equal(layer.weight, A + A.T), layer.state_dict().keys())
with parametrize.cached():
    print(layer.weight is layer.weight)
print(layer.weight is layer.weight)
other = copy.deepcopy(layer)
print(torch.equal(other.weight, layer.weight))
parametrize.remove_parametrizations(layer, "weight")
print(layer, layer.weight)
parametrize.register_parametrization(layer, "bias", Double())
parametrize.register_parametrization(layer, "bias", Double())
print(len(layer.parametrizations.bias), layer.bias)
parametrize.remove_parametrizations(layer, "bias", leave_parametrized=False)
print(layer.bias)

normed = parametrizations.weight_norm(nn.Linear(2, 3))
print(normed, [(name, tuple(p.shape)) for name, p in normed.named_parameters()])
normed(torch.ones(2)).sum().backward()
print([p.grad for p in normed.parameters()])
spectral = parametrizations.spectral_norm(nn.Linear(4, 4), n_power_iterations=20)
print(f"{torch.linalg.matrix_norm(spectral.weight, 2).item():.4f}", list(spectral.state_dict()))
rotation = parametrizations.orthogonal(nn.Linear(3, 3))
print(torch.allclose(rotation.weight @ rotation.weight.T, torch.eye(3), atol=1e-5), rotation)
for wrong in (lambda: parametrize.register_parametrization(nn.Linear(2, 2), "w", Double()), lambda: parametrize.remove_parametrizations(layer, "weight"),
              lambda: parametrize.register_parametrization(nn.Linear(2, 3), "weight", nn.Flatten(0))):
    try:
        wrong()
    except ValueError as error:
        print(str(error)[:70])
