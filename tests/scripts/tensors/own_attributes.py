# Attributes that a script puts on tensors.
import torch
x = torch.ones(2, requires_grad=True)
x.label = "weights"; x.extra = [1]
x.extra.append(2)
print(x.label, x.extra, hasattr(x, "label"), hasattr(x, "nothing"), getattr(x, "nothing", None))
y = x * 2
print(hasattr(y, "label"))
z = x; print(z.label)
v = x.detach(); print(hasattr(v, "label"))
del x.label
print(hasattr(x, "label"))
try: x.label
except AttributeError as e: print(e)
try: del x.label
except AttributeError as e: print(e)
for i in range(3):
    t = torch.zeros(1); t.tag = i
    print(t.tag)
t = torch.zeros(1); print(hasattr(t, "tag"))
setattr(x, "_op", "+"); print(x._op, x.__dict__ if False else "")
params = [torch.zeros(1) for _ in range(3)]
for i, p in enumerate(params): p.index = i; p.state = {}
print([p.index for p in params])
for bad in ("shape", "grad_fn", "T", "is_leaf"):
    try: setattr(x, bad, 1); print(bad, "set")
    except (AttributeError, RuntimeError) as e: print(bad, type(e).__name__)
