# Learning rates over time.
import torch
from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import CosineAnnealingLR, ExponentialLR, LambdaLR, LinearLR, MultiStepLR, ReduceLROnPlateau, StepLR

w = torch.tensor([5.0], requires_grad=True)
makers = {
    "StepLR": lambda o: StepLR(o, step_size=3, gamma=0.5),
    "MultiStepLR": lambda o: MultiStepLR(o, milestones=[2, 5]),
    "ExponentialLR": lambda o: ExponentialLR(o, gamma=0.9),
    "CosineAnnealingLR": lambda o: CosineAnnealingLR(o, T_max=5, eta_min=0.01),
    "LinearLR": lambda o: LinearLR(o, start_factor=0.25, total_iters=4),
    "LambdaLR": lambda o: LambdaLR(o, lr_lambda=lambda epoch: 1 / (1 + epoch)),
}
for name, make in makers.items():
    optimizer = SGD([w], lr=0.3)
    scheduler = make(optimizer)
    rates = []
    for epoch in range(12):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    print(name, [f"{rate:.6f}" for rate in rates], scheduler.get_last_lr(), scheduler.last_epoch)

optimizer = Adam([{"params": [w]}, {"params": [torch.ones(1, requires_grad=True)], "lr": 1.0}], lr=0.1)
scheduler = LambdaLR(optimizer, [lambda e: 0.5**e, lambda e: 2.0])
optimizer.step()
scheduler.step()
print(scheduler.get_last_lr(), optimizer.param_groups[0]["initial_lr"], scheduler.base_lrs)
scheduler = torch.optim.lr_scheduler.StepLR(SGD([w], lr=1.0), 2)
print(scheduler.state_dict())
for step in range(8):
    scheduler.optimizer.zero_grad()
    loss = (w**2).sum()
    loss.backward()
    scheduler.optimizer.step()
    scheduler.step()
    print(step, f"{loss.item():.4f}", scheduler.get_last_lr())
print(scheduler.optimizer)

losses = [5.0, 4.0, 4.5, 4.4, 3.99995, 4.2, 3.0, 3.1, 3.2, torch.tensor(3.3), 3.4, 3.5]
for options in ({"patience": 1}, {"factor": 0.5, "patience": 2, "cooldown": 1}, {"mode": "max", "patience": 0, "min_lr": 0.005}):
    optimizer = SGD([w], lr=0.1)
    scheduler = ReduceLROnPlateau(optimizer, **options)
    rates = []
    for value in losses:
        scheduler.step(value)
        rates.append(optimizer.param_groups[0]["lr"])
    print([f"{rate:.4f}" for rate in rates], scheduler.best, scheduler.num_bad_epochs, scheduler.get_last_lr())
