import torch

x = torch.tensor([[1., 2., 3.], [4., 5., 6.]], requires_grad=True)
y = x.t() * 2
print(x.shape, x.size(), x.size(0), x.size(-1), x.dim(), x.ndim, x.numel(), x.nelement(), len(x))
print(x.dtype, x.device, x.layout, x.is_leaf, y.is_leaf, x.requires_grad, y.requires_grad)
print(x.T.shape, x.stride(), x.T.stride(), x.is_contiguous(), x.T.is_contiguous(), x.T.contiguous().is_contiguous())
print(x.grad, x.grad_fn, y.grad_fn, y.grad_fn.name(), y.output_nr)
print(x.shape[0], x.shape[-1], x.shape == (2, 3), tuple(x.shape), list(x.shape), x.shape.numel(), x.shape + (1,))
print(x.data, x.detach(), x.data.requires_grad)
print(x[0, 1].item(), x.tolist(), x[0].tolist(), torch.tensor(3).item(), type(torch.tensor(3).item()).__name__)
print(x.detach().numpy(), x.detach().numpy().shape)
print(x.is_floating_point(), torch.is_tensor(x), isinstance(x, torch.Tensor), torch.is_floating_point(torch.tensor(1)))
print(x.element_size(), x.storage_offset(), x[1].storage_offset(), x.data_ptr() == x.data.data_ptr())
print(x.is_cuda, x.retains_grad, y.retains_grad, y._version, x._version)
print(x.type(), torch.tensor([1]).type(), x.double().type(), x.is_sparse)
rows, cols = x.shape
n, = torch.ones(4).shape
print(rows, cols, n)
a, b = x.size()
print(a * b == x.numel())
h, w = x.size()[0], x.size()[1]
print(f"{h}x{w}", "{}".format(x.shape), str(x.size()), repr(x.dtype), f"{x.dtype}")
x.requires_grad = False
print(x.requires_grad, x.is_leaf)
x.requires_grad_()
print(x)
x.grad = torch.ones(2, 3)
print(x.grad)
x.grad = None
print(x.grad)
