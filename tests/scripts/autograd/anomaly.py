import torch

with torch.autograd.detect_anomaly(check_nan=True):
    x = torch.tensor([1.0, 4.0], requires_grad=True)
    x.sqrt().sum().backward()
    print(x.grad)

with torch.autograd.set_detect_anomaly(True):
    y = torch.tensor([0.0, 1.0], requires_grad=True)
    out = (y.sqrt() * 0).sum()
    try:
        out.backward()
    except RuntimeError as e:
        print(str(e).split(".")[0])
print(torch.is_anomaly_enabled())
y.grad = None
out = (y.sqrt() * 0).sum()
out.backward()
print(y.grad)
torch.autograd.set_detect_anomaly(False)


def find_first_nan(steps, value):
    for name, step in steps:
        value = step(value)
        if torch.isnan(value).any():
            return name
    return None


steps = [("shift", lambda t: t - 2), ("log", torch.log), ("double", lambda t: t * 2)]
print(find_first_nan(steps, torch.tensor([1.0, 3.0])), find_first_nan(steps, torch.tensor([3.0])))
z = torch.tensor([2.0], requires_grad=True)
w = z / (z - 2)
w.backward()
print(w, z.grad, torch.isinf(w).item())
