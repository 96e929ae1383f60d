# Transforms part by part, and the LKJ distribution of correlation matrices with its transform.
import torch
from torch.distributions import CatTransform, CorrCholeskyTransform, ExpTransform, LKJCholesky, StackTransform, biject_to, constraints
from torch.distributions.transforms import AffineTransform

torch.manual_seed(0)
x = torch.randn(4, 3)
joined = CatTransform([ExpTransform(), AffineTransform(1.0, 2.0)], dim=0, lengths=[1, 3])
y = joined(x)
print(y, joined.inv(y), joined.log_abs_det_jacobian(x, y), joined.bijective)
stacked = StackTransform([ExpTransform(), AffineTransform(1.0, 2.0), ExpTransform()], dim=1)
y = stacked(x)
print(y, stacked.inv(y), stacked.log_abs_det_jacobian(x, y))

vectors = torch.randn(2, 6, requires_grad=True)
transform = CorrCholeskyTransform()
factors = transform(vectors)
(gradient,) = torch.autograd.grad(factors.sum() + transform.log_abs_det_jacobian(vectors, factors).sum(), vectors)
print(factors, transform.inv(factors), transform.log_abs_det_jacobian(vectors, factors), gradient)
print(transform.forward_shape((2, 6)), transform.inverse_shape((2, 4, 4)), biject_to(constraints.corr_cholesky)(torch.zeros(3)))
for concentration in (0.5, 1.0, torch.tensor([1.0, 3.0])):
    distribution = LKJCholesky(3, concentration)
    factor = distribution.sample((2,))
    print(factor, distribution.log_prob(factor), distribution.batch_shape, distribution.event_shape)
