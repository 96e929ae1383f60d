# Pruning: unstructured, structured, by a mask, globally; masks compose, gradients reach what is left.
import torch
import torch.nn as nn
import torch.nn.utils.prune as prune

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
prune.l1_unstructured(net[0], "weight", amount=0.5)
print(net[0].weight, list(net[0].state_dict()), [n for n, _ in net[0].named_parameters()], prune.is_pruned(net))
prune.random_unstructured(net[0], "weight", amount=2)
print(net[0].weight_mask, type(list(net[0]._forward_pre_hooks.values())[0]).__name__)
prune.ln_structured(net[2], "weight", amount=1, n=2, dim=0)
prune.random_structured(net[2], "weight", amount=1, dim=1)
print(net[2].weight_mask)
prune.custom_from_mask(net[2], "bias", torch.tensor([0.0, 1.0]))
print(net[2].bias)
x = torch.ones(1, 4)
net(x).sum().backward()
print(net[0].weight_orig.grad)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
optimizer.step()
net(x)
print(net[0].weight, (net[0].weight_mask == 0).sum())
prune.remove(net[0], "weight")
print(net[0].weight, [n for n, _ in net[0].named_parameters()], len(net[0]._forward_pre_hooks))
prune.global_unstructured([(net[0], "weight"), (net[0], "bias")], pruning_method=prune.L1Unstructured, amount=0.6)
print(net[0].weight_mask, net[0].bias_mask)
print(prune.L1Unstructured(amount=2).prune(torch.tensor([3.0, -1.0, 0.5, 2.0])))
for wrong in (lambda: prune.l1_unstructured(nn.Linear(2, 2), "weight", amount=1.5), lambda: prune.l1_unstructured(nn.Linear(2, 2), "weight", amount=100),
              lambda: prune.remove(net[1], "weight"), lambda: prune.ln_structured(nn.Linear(2, 2), "bias", 1, 2, 0), lambda: prune.random_unstructured(nn.Linear(2, 2), "weight", "a")):
    try:
        wrong()
    except (ValueError, TypeError) as error:
        print(type(error).__name__, str(error)[:80])
