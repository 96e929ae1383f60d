import torch

learning_rate = 0.1
w = torch.tensor(1.0, requires_grad=True)
(w * 2).backward()
print(w.grad)
print(learning_rte * w.grad)
