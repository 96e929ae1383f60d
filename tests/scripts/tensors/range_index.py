# A range as an index.
import torch
x=torch.arange(12.).view(3,4)
print(x[range(2)], x[range(3),[0,1,2]], x[:, range(1,3)], x[(range(2),)])
y=x.clone(); y[range(3), torch.tensor([0,1,2])] = -1; y[range(0,3,2)] += 5; print(y)
print(x[[range(2)]] if False else "")
w=x.clone().requires_grad_(); (-w[range(3), torch.tensor([1,2,0])].mean()).backward(); print(w.grad)
