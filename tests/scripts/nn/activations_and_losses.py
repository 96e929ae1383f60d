# Every function of numbers that is a module, and the losses with their reductions.
import torch
from torch import nn

x = torch.tensor([-2.5, -0.5, 0.0, 0.3, 1.0, 4.0])
for module in (
    nn.ReLU(), nn.LeakyReLU(), nn.LeakyReLU(0.2), nn.ELU(), nn.ELU(alpha=0.5), nn.GELU(), nn.GELU(approximate="tanh"), nn.SiLU(),
    nn.Softplus(), nn.Softplus(beta=2), nn.Sigmoid(), nn.Tanh(), nn.LogSigmoid(), nn.Softsign(), nn.Hardtanh(), nn.Hardtanh(-2, 2),
    nn.ReLU6(), nn.SELU(), nn.CELU(), nn.Mish(), nn.Hardswish(), nn.Softshrink(), nn.Hardshrink(0.4), nn.Tanhshrink(),
    nn.Threshold(0.1, 20), nn.Softmax(dim=0), nn.Softmax(-1), nn.LogSoftmax(dim=0), nn.Softmin(dim=0), nn.GLU(), nn.Identity(),
    nn.Flatten(0), nn.Dropout(0.0), nn.Dropout().eval(), nn.ReLU(inplace=True),
):
    print(module, module(x.clone()))

a = torch.tensor([[0.5, -1.0], [2.0, 0.1]], requires_grad=True)
b = torch.tensor([[1.0, 1.0], [0.0, -3.0]])
for loss in (nn.MSELoss, nn.L1Loss, nn.SmoothL1Loss, nn.HuberLoss):
    for reduction in ("mean", "sum", "none"):
        print(loss(reduction=reduction), loss(reduction=reduction)(a, b))
print(nn.SmoothL1Loss(beta=0.5)(a, b), nn.HuberLoss(delta=0.3)(a, b))
p = torch.sigmoid(a)
t = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
print(nn.BCELoss()(p, t), nn.BCEWithLogitsLoss()(a, t), nn.BCELoss(weight=torch.tensor([1.0, 2.0]))(p, t).item())
where = torch.tensor([1, 0])
print(nn.CrossEntropyLoss()(a, where), nn.NLLLoss()(nn.LogSoftmax(dim=1)(a), where))
print(nn.CrossEntropyLoss(weight=torch.tensor([1.0, 3.0]), reduction="sum")(a, where))
print(nn.CrossEntropyLoss(label_smoothing=0.1)(a, where), nn.CrossEntropyLoss(ignore_index=0)(a, where))
criterion = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 3.0]))
print(criterion, criterion.weight, criterion.state_dict())
criterion(a, where).backward()
print(a.grad)
