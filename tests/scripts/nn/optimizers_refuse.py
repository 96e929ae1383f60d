"""What optimizers and schedules refuse, and states that are loaded where float64 is the default."""

import copy

import torch
from torch import nn, optim
from torch.optim import lr_scheduler, swa_utils


def refused(call):
    try:
        call()
        print("taken")
    except Exception as error:
        print(type(error).__name__, str(error))


torch.set_default_dtype(torch.float64)
weight, bias = nn.Parameter(torch.tensor([[0.5, -0.3], [0.2, 0.9]])), nn.Parameter(torch.tensor([0.1, -0.7]))
pair = [weight, bias]
sgd = optim.SGD([{"params": [weight]}, {"params": [bias], "lr": 0.3}], lr=0.1, momentum=0.9)
for call in (
    lambda: optim.SGD(pair, fused=True, foreach=True),
    lambda: optim.Adam(pair, fused=True, differentiable=True),
    lambda: optim.Adam(pair, betas=(torch.tensor(0.5), 0.6)),
    lambda: optim.SGD(pair, lr=torch.tensor([0.1, 0.2])),
    lambda: optim.SGD([("w", weight), bias]),
    lambda: optim.SGD(3),
    lambda: optim.SGD([weight, weight]),
    lambda: optim.Adafactor(pair, eps=(-1, 1)),
    lambda: optim.Adafactor(pair, eps=(None, -1)),
    lambda: optim.SparseAdam(pair, eps=0),
    lambda: optim.Muon([weight], ns_steps=101),
    lambda: lr_scheduler.OneCycleLR(sgd, [1.0], 5),
    lambda: lr_scheduler.CyclicLR(sgd, [0.1], 1.0),
    lambda: swa_utils.SWALR(sgd, [1.0]),
    lambda: swa_utils.SWALR(sgd, 1.0, anneal_strategy="x"),
):
    refused(call)


def step(optimizer, params):
    optimizer.zero_grad()
    ((params[0] @ params[1] - 1) ** 2).sum().backward()
    optimizer.step()


KINDS = (
    (optim.NAdam, {"decoupled_weight_decay": True, "weight_decay": 0.1}),
    (optim.ASGD, {"lambd": 0.1, "t0": 2}),
    (optim.Adam, {"betas": (torch.tensor(0.5), torch.tensor(0.6)), "amsgrad": True}),
    (optim.RAdam, {}),
)
for kind, options in KINDS:
    params = [nn.Parameter(each.detach().clone()) for each in pair]
    optimizer = kind(params, **options)
    for _ in range(7):
        step(optimizer, params)
    again = [nn.Parameter(each.detach().clone()) for each in params]
    other = kind(again, **options)
    other.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    step(optimizer, params)
    step(other, again)
    scalars = sorted({str(each.dtype) for each in optimizer.state[params[0]].values()})
    print(kind.__name__, scalars, all(map(torch.equal, params, again)), [f"{x:.10g}" for x in params[0].flatten().tolist()])

sgd.register_state_dict_post_hook(lambda *_: {})
print(sgd.state_dict())
cycle = lr_scheduler.CyclicLR(sgd, 0.1, 1.0, 2, scale_fn=lambda x: 0.5**x)
state = cycle.state_dict()
print(state["_scale_fn_custom"], [*state])
cycle.load_state_dict(state)
print(lr_scheduler.OneCycleLR(sgd, 1.0, 10, three_phase=True).state_dict()["_schedule_phases"])
plateau = lr_scheduler.ReduceLROnPlateau(sgd, "max", min_lr=[0.1, 0.2])
print(plateau.state_dict())
