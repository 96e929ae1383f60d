# What looks into the memory of its tensor and what does not: changes in place of results, and where gradients go then.
import torch


def shown(name, look):
    leaf = torch.arange(24.0, dtype=torch.double).reshape(2, 3, 4).mul(0.1).add(0.3).requires_grad_()
    x = leaf.clone()
    seen = look(x)
    told = [seen._is_view(), seen._base is x, seen is x]
    seen.mul_(2)
    (g,) = torch.autograd.grad((x**2).sum(), leaf, retain_graph=True)
    (h,) = torch.autograd.grad((seen.abs() ** 2).sum(), leaf)
    print(name, told, x.grad_fn.name(), f"{g.sum():.4f} {h.sum():.4f}")


shown("unfold", lambda x: x.unfold(1, 2, 2))
shown("unfold far", lambda x: x.unfold(2, 1, 3))
shown("narrow_copy", lambda x: x.narrow_copy(0, 0, 1))
shown("select_copy", lambda x: torch.select_copy(x, 0, 1))
shown("pixel_shuffle", lambda x: torch.nn.functional.pixel_shuffle(x[None], 1))
shown("pixel_unshuffle", lambda x: torch.nn.functional.pixel_unshuffle(x[None], 1))
shown("diagonal", lambda x: x.diagonal(0, 1, 2))
shown("complex", lambda x: torch.view_as_complex(x.view(2, 3, 2, 2)))
shown("roll", lambda x: x.roll(0))
shown("tile", lambda x: x.tile(1))
shown("chunk", lambda x: x[..., ::2])

y = torch.arange(5.0)
windows = y.unfold(0, 3, 2)
print(windows, windows.stride(), windows.data_ptr() == y.data_ptr())
windows[1, 0] = 9
print(y, windows, y._version)
print(y.unfold(0, 2, 1).sum(1), y[:0].unfold(0, 0, 1).shape, torch.tensor(3.0).unfold(0, 1, 1))
