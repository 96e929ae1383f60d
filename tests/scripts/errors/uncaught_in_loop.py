# A product the wrong way round, in the second turn of a loop.
import torch
x = torch.ones(3, requires_grad=True)
w = torch.ones(2, 3)
def layer(inp, weight):
    h = inp @ weight     # wrong way round
    return h
for epoch in range(2):
    print("epoch", epoch)
    out = layer(x, w.T if epoch == 0 else w)
