# Every optimizer on the same two parameters, with its options, its state and its texts.
import torch
import torch.optim as optim

kinds = {
    "SGD": [{}, dict(lr=0.01, momentum=0.9, weight_decay=0.1), dict(lr=0.01, momentum=0.9, nesterov=True, maximize=True)],
    "Adam": [{}, dict(lr=0.1, betas=(0.8, 0.9))], "AdamW": [dict(weight_decay=0.1)], "Adamax": [{}, dict(weight_decay=0.1)],
    "NAdam": [{}, dict(weight_decay=0.1, decoupled_weight_decay=True)], "RAdam": [{}, dict(lr=0.1, weight_decay=0.1)],
    "RMSprop": [{}, dict(momentum=0.9)], "Adagrad": [{}, dict(lr_decay=0.1, initial_accumulator_value=0.3)],
    "Adadelta": [{}, dict(rho=0.5, weight_decay=0.1)], "ASGD": [{}, dict(t0=2)], "Rprop": [{}, dict(lr=0.5)],
}
for name, choices in kinds.items():
    for options in choices:
        torch.manual_seed(1)
        params = [torch.nn.Parameter(torch.randn(3, 4)), torch.nn.Parameter(torch.randn(5))]
        optimizer = getattr(optim, name)(params, **options)
        for _ in range(6):
            optimizer.zero_grad()
            sum(((p - 1.5) ** 2 * torch.arange(1, p.numel() + 1).view(p.shape)).sum() + p.sin().sum() for p in params).backward()
            optimizer.step()
        print(name, options, [f"{v:.5f}" for p in params for v in p.flatten().tolist()[:3]])
        print({k: sorted(v) for k, v in optimizer.state_dict()["state"].items()}, type(optimizer))
    print(optimizer)
state = optimizer.state_dict()
fresh = optim.Rprop([torch.nn.Parameter(torch.ones(3, 4)), torch.nn.Parameter(torch.ones(5))], lr=3.0)
fresh.load_state_dict(state)
print(fresh.param_groups[0]["lr"], fresh.state[fresh.param_groups[0]["params"][1]]["step"])
named = optim.SGD(torch.nn.Linear(2, 1).named_parameters(), lr=0.1)
print(named.state_dict())
named.register_step_pre_hook(lambda o, args, kwargs: print("before", len(args), kwargs))
named.register_step_post_hook(lambda o, args, kwargs: print("after"))
print(named.step(lambda: torch.tensor(3.0)))
p = torch.nn.Parameter(torch.ones(1))
for wrong in (lambda: optim.SGD([], 0.1), lambda: optim.SGD(torch.ones(2), 0.1), lambda: optim.SGD([p * 2], 0.1), lambda: optim.SGD([3], 0.1), lambda: optim.Adam([p], lr=-1),
              lambda: optim.Adam([p], betas=(1.0, 0.0)), lambda: optim.SGD([{"params": [p]}, {"params": [p]}], lr=0.1), lambda: optim.Rprop([p], etas=(2, 3)), lambda: fresh.load_state_dict({"state": {}, "param_groups": []})):
    try:
        wrong()
    except (ValueError, TypeError) as error:
        print(type(error).__name__, error)
