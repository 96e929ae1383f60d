# Every schedule: twelve rates of each, their states, chains, averages of models.
import torch
from torch.optim import lr_scheduler as L
from torch.optim.swa_utils import SWALR, AveragedModel, get_ema_avg_fn, update_bn


def optimizer():
    return torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.5, momentum=0.9)


makers = {
    "LambdaLR": lambda o: L.LambdaLR(o, lambda e: 0.9**e), "MultiplicativeLR": lambda o: L.MultiplicativeLR(o, lambda e: 0.9), "StepLR": lambda o: L.StepLR(o, 3),
    "MultiStepLR": lambda o: L.MultiStepLR(o, [2, 2, 5]), "ConstantLR": L.ConstantLR, "LinearLR": L.LinearLR, "ExponentialLR": lambda o: L.ExponentialLR(o, 0.9),
    "PolynomialLR": lambda o: L.PolynomialLR(o, 5, 2.0), "CosineAnnealingLR": lambda o: L.CosineAnnealingLR(o, 4, 0.1), "CosineAnnealingWarmRestarts": lambda o: L.CosineAnnealingWarmRestarts(o, 3, 2),
    "CyclicLR": lambda o: L.CyclicLR(o, 0.1, 1.0, 3, mode="triangular2"), "CyclicLR exp": lambda o: L.CyclicLR(o, 0.1, 1.0, 3, 4, mode="exp_range", gamma=0.9),
    "OneCycleLR": lambda o: L.OneCycleLR(o, 1.0, total_steps=14), "OneCycleLR three": lambda o: L.OneCycleLR(o, 1.0, epochs=2, steps_per_epoch=8, three_phase=True, anneal_strategy="linear"),
    "SequentialLR": lambda o: L.SequentialLR(o, [L.ConstantLR(o, 0.1, 2), L.ExponentialLR(o, 0.9)], [3]), "ChainedScheduler": lambda o: L.ChainedScheduler([L.ConstantLR(o, 0.1, 2), L.ExponentialLR(o, 0.9)]),
    "SWALR": lambda o: SWALR(o, 0.05, 5),
}
for name, make in makers.items():
    o = optimizer()
    s = make(o)
    rates = [o.param_groups[0]["lr"]]
    for _ in range(12):
        o.step()
        s.step()
        rates.append(o.param_groups[0]["lr"])
    print(name, [f"{r:.6f}" for r in rates], f"{o.param_groups[0]['momentum']:.4f}", s.get_last_lr() == rates[-1:])
    print(sorted(k for k in s.state_dict() if not k.startswith("_")))
o = optimizer()
plateau = L.ReduceLROnPlateau(o, patience=1, factor=0.5)
for loss in (3.0, 2.0, 2.0, 2.0, 2.0, 1.0):
    o.step()
    plateau.step(loss)
    print(f"{o.param_groups[0]['lr']:.4f}", plateau.num_bad_epochs)
a, b = L.StepLR(optimizer(), 2), L.StepLR(optimizer(), 5)
b.load_state_dict(a.state_dict())
print(b.step_size, a.state_dict(), type(a))
torch.manual_seed(0)
model = torch.nn.Linear(2, 1)
mean, ema = AveragedModel(model), AveragedModel(model, avg_fn=get_ema_avg_fn(0.9))
o = torch.optim.SGD(model.parameters(), lr=0.1)
for _ in range(4):
    o.zero_grad()
    model(torch.ones(1, 2)).sum().backward()
    o.step()
    mean.update_parameters(model)
    ema.update_parameters(model)
print([p.data for p in mean.parameters()], [p.data for p in ema.parameters()], mean.n_averaged)
bn = torch.nn.BatchNorm1d(2)
update_bn([torch.randn(5, 2) for _ in range(3)], bn)
print(bn.running_mean, bn.num_batches_tracked, bn.momentum)
for wrong in (lambda: L.StepLR(3, 2), lambda: L.LambdaLR(o, [1, 2]), lambda: L.OneCycleLR(o, 1.0), lambda: L.SequentialLR(o, [], []), lambda: L.LinearLR(o, 2.0), lambda: L.CosineAnnealingWarmRestarts(o, 0), lambda: L.ReduceLROnPlateau(o, factor=2)):
    try:
        wrong()
    except (ValueError, TypeError) as error:
        print(type(error).__name__, error)
