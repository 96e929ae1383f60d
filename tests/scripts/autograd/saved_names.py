# What functions of the graph say that they have saved: parameters, sizes and tensors by PyTorch's names.
import torch
import torch.nn.functional as F


def told(value):
    if isinstance(value, torch.Tensor):
        return f"tensor{tuple(value.shape)}"
    return tuple(map(told, value)) if isinstance(value, tuple) else value


def show(*results):
    for result in results:
        function = result.grad_fn
        names = [name for name in dir(function) if name.startswith("_saved_")]
        print(function.name(), {name[7:]: told(getattr(function, name)) for name in names})


x = torch.arange(6.0).reshape(2, 3).requires_grad_()
m = torch.ones(3, 4, requires_grad=True)
b = torch.ones(2, 3, 4, requires_grad=True)
image = torch.ones(1, 1, 4, 4, requires_grad=True)
line = torch.ones(1, 1, 4, requires_grad=True)

show(x + 1, torch.sub(x, x, alpha=2), x % 2, x.clamp_min(0.5), torch.lerp(x, x, x), torch.addcmul(x, x, x))
show(x.mean(), x.mean(-1), x.sum(-1), x.sort()[0], x.norm(dim=1))
show(torch.stack([x, x]), torch.cat([x, x], -1), x.unsqueeze(-1), x[None].squeeze(0), x.expand(4, 2, 3), x.unbind()[0])
show(x[0:1], x[:, 1:], x[0], x.split(1)[0], x.split([1, 2], 1)[1], x.roll(-1), x.diagonal(-1), x.tril(-1))
show(x.as_strided((2,), (1,)), x.as_strided((2,), (1,), 1), x[:, torch.tensor([0, 2])], x.transpose(-1, 0))
show(x @ m, x @ m.detach(), x.detach() @ m, torch.addmm(torch.ones(2, 4), x, m), torch.addbmm(torch.ones(3, 3), b, b.mT))
show(F.unfold(image, 2), F.max_pool2d(image, 2, 2))
show(F.interpolate(line, scale_factor=2), F.interpolate(image, size=(3, 3), mode="bilinear"), F.pad(line, (1, 1), mode="reflect"))
show(F.mse_loss(x, x.detach()), F.smooth_l1_loss(x, x.detach(), reduction="sum"), F.pixel_shuffle(torch.ones(1, 4, 1, 1, requires_grad=True), 2))

function = F.conv2d(image, torch.ones(1, 1, 3, 3), torch.ones(1, requires_grad=True), padding=1).grad_fn
print(function._saved_padding, function._saved_groups, function._saved_transposed, function._saved_bias_sym_sizes_opt)
print(F.conv_transpose2d(image, torch.ones(1, 1, 3, 3)).grad_fn._saved_transposed)

out = F.nll_loss(x, torch.tensor([0, 1]), weight=torch.tensor([1.0, 2.0, 3.0]))
print(out.grad_fn._saved_weight, out.grad_fn._saved_ignore_index == 2**64 - 100)
out.backward()
try:
    out.grad_fn._saved_weight
except RuntimeError as error:
    print(str(error)[:60])
print(out.grad_fn._saved_reduction)

function = x[:, torch.tensor([0, 2])].grad_fn
print([type(each).__name__ for each in function._raw_saved_indices])
try:
    function._raw_saved_indices[0].register_hooks(lambda kept: kept, lambda kept: kept)
except RuntimeError as error:
    print(error)
