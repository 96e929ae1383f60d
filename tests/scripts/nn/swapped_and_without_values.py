"""Parameters that are swapped, models on the device "meta" in a block, names of recurrent weights."""
import inspect
import torch
from torch import nn

with torch.device("meta"):  # the first use of nn
    net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.LSTM(4, 2))
    print(net[0](torch.empty(5, 3)).shape, net[1].weight.device, isinstance(net[0].weight, nn.Parameter))
net.load_state_dict(nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.LSTM(4, 2)).state_dict(), assign=True)
print({parameter.device.type for parameter in net.parameters()}, type(net[0].weight).__name__)
print(net[2]._flat_weights_names, [len(each) for each in net[2].all_weights], net[2]._flat_weights[0] is net[2].weight_ih_l0)
print("fused" in inspect.signature(torch.optim.AdamW).parameters)

first, second = torch.arange(2), nn.Parameter(torch.ones(3))
torch.utils.swap_tensors(first, second)
print(first, second)
layer = nn.Linear(1, 2)
weight, bias = layer.weight, layer.bias
layer(torch.ones(1, 1)).sum().backward()
for swapping in (False, True):
    torch.__future__.set_swap_module_params_on_conversion(swapping)
    layer.double() if swapping else layer.bfloat16()
    print(layer.weight is weight, weight.dtype, weight.grad.dtype, torch.__future__.get_swap_module_params_on_conversion())
layer.load_state_dict({"weight": torch.tensor([[1.0], [2.0]]), "bias": torch.zeros(2)}, assign=True)
print(layer.weight is weight, weight, bias)
torch.__future__.set_swap_module_params_on_conversion(False)
