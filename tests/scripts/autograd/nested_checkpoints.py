"""Checkpoints within checkpoints and passes within them, what a block says of early stops, and selective checkpoints."""

from functools import partial

import torch
from torch.utils.checkpoint import (
    CheckpointPolicy,
    checkpoint,
    create_selective_checkpoint_contexts,
    set_checkpoint_early_stop,
)


def attempt(label, call):
    try:
        print(label, call())
    except Exception as error:
        print(label, type(error).__name__, str(error).splitlines()[0])


def kept(fn):
    return lambda x: checkpoint(fn, x, use_reentrant=False)


def grad(fn):
    def slope(x):
        with torch.enable_grad():
            (g,) = torch.autograd.grad(fn(x), x, create_graph=True)
        return g

    return slope


def f(x):
    return x.sin().exp().sin()


x = torch.tensor(0.5, requires_grad=True)
for early in (True, False):
    with set_checkpoint_early_stop(early):
        for fn in (f, kept(f), kept(kept(f)), grad(kept(f)), grad(kept(grad(f))), kept(grad(grad(kept(f)))), grad(kept(grad(kept(grad(kept(f))))))):
            out = fn(x)
            print(f"{out.item():.5f}", f"{torch.autograd.grad(out, x)[0].item():.5f}")

calls = []


def counted(x):
    y = x.sin().cos()
    calls.append("tail")
    return y.clone()


for block in (None, True, False):
    for own in (True, False):
        calls.clear()
        if block is None:
            out = checkpoint(counted, x, use_reentrant=False, early_stop=own)
        else:
            with set_checkpoint_early_stop(block):
                out = checkpoint(counted, x, use_reentrant=False, early_stop=own)
        out.backward()
        print(block, own, len(calls))

print("--- selective")
aten = torch.ops.aten
print(aten.sin, repr(aten.sum.dim_IntList), aten.mm.default.overloadpacket, aten.sum.dim_IntList.name())
seen = []


def policy(ctx, op, *args, **kwargs):
    seen.append(str(op))
    return CheckpointPolicy.MUST_SAVE if op == aten.sin.default else CheckpointPolicy.PREFER_RECOMPUTE


def chosen(fn, policy, **options):
    x = torch.arange(4.0).reshape(2, 2).requires_grad_()
    contexts = partial(create_selective_checkpoint_contexts, policy, **options)
    return x, checkpoint(fn, x, use_reentrant=False, context_fn=contexts)


def work(x):
    y = (x @ x + 1).sin() * 2 - x / 3
    return (y.sum(0) ** 2).max() + y[0].mean() + torch.var_mean(y)[0] + y.softmax(0).T.exp().sum()


x, out = chosen(work, policy)
out.backward()
print(seen)
print(x.grad)
x, out = chosen(work, [aten.mm.default, aten.sin.default])
out.backward()
print(x.grad)
_, out = chosen(lambda x: x.sin().mul_(2).cos().exp(), policy)
attempt("mutated", lambda: out.sum().backward())
_, out = chosen(lambda x: x.sin().mul_(2).cos().exp(), policy, allow_cache_entry_mutation=True)
attempt("allowed", lambda: out.sum().backward())
_, out = chosen(lambda x: x.sin().cos().exp(), policy)
out.sum().backward(retain_graph=True)
attempt("again", lambda: out.sum().backward())
attempt("number", lambda: create_selective_checkpoint_contexts([2]))
attempt("packet", lambda: create_selective_checkpoint_contexts([aten.sin]))
attempt("neither", lambda: create_selective_checkpoint_contexts(2))
