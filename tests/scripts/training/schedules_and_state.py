import math
import torch

state = {"step": 0, "loss": [], "lr": 0.2}


def cosine(step, total, low=0.01, high=0.2):
    return low + 0.5 * (high - low) * (1 + math.cos(math.pi * step / total))


def train(params, total=12, **options):
    verbose = options.pop("verbose", False)
    if options:
        raise TypeError(f"unexpected options: {sorted(options)}")
    for step in range(total):
        state["step"] += 1
        state["lr"] = cosine(step, total)
        loss = sum(((p - 1) ** 2).sum() for p in params.values())
        loss.backward()
        with torch.no_grad():
            for name, p in params.items():
                p -= state["lr"] * p.grad
                p.grad = None
        state["loss"].append(loss.item())
        if verbose and step % 4 == 0:
            print(f"{step:02d} lr={state['lr']:.4f} loss={loss.item():.4f}")
    return params


params = {"w": torch.zeros(2, 2, requires_grad=True), "b": torch.full((2,), 3.0, requires_grad=True)}
train(params, verbose=True)
print(sorted(params), state["step"], len(state["loss"]))
print({name: [round(v, 3) for v in p.flatten().tolist()] for name, p in params.items()})
try:
    train(params, verbos=True)
except TypeError as e:
    print("TypeError:", e)
