# torch.autocast on the CPU, and a GradScaler for it: what is computed in bfloat16, what in float32.
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
a, b = torch.rand(4, 4), torch.rand(4, 4)
with torch.autocast(device_type="cpu", dtype=torch.bfloat16):
    c, d = torch.mm(a, b), a @ b
    print(c.dtype, d.dtype, (c.float() + a).dtype, (c + a).dtype, torch.is_autocast_enabled("cpu"), torch.get_autocast_dtype("cpu"))
    with torch.autocast("cpu", enabled=False):
        print((a @ b).dtype)
    print(F.mse_loss(c, d).dtype, F.softmax(c, 1).dtype, torch.cat([c, a]).dtype, torch.relu(c).dtype, F.linear(a, b).dtype)
print(c, (a @ b).dtype, torch.is_autocast_enabled("cpu"))


@torch.autocast("cpu", torch.bfloat16)
def square(x):
    return x @ x


print(square(a).dtype)
model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 10))
optimizer, scaler = torch.optim.SGD(model.parameters(), lr=0.01), torch.amp.GradScaler("cpu", init_scale=1024.0)
data, target = torch.rand(8, 1, 8, 8), torch.randint(0, 10, (8,))
for step in range(3):
    with torch.autocast("cpu", torch.bfloat16):
        out = model(data)
        loss = F.cross_entropy(out, target)
    optimizer.zero_grad()
    scaler.scale(loss).backward()
    scaler.unscale_(optimizer)
    weight = model[3].weight.grad
    print(out.dtype, loss.dtype, f"{loss.item():.3f}", weight.dtype, f"{weight.norm():.2f}")
    scaler.step(optimizer)
    scaler.update()
model[3].weight.grad.fill_(float("inf"))
scaler.step(optimizer)
scaler.update()
print(scaler.get_scale(), scaler.state_dict())
