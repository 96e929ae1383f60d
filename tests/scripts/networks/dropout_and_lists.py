# Dropout between layers, modules kept in lists and dictionaries, parameters in a list.
import torch
import torch.nn as nn

torch.manual_seed(7)


class Mixed(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(4, 4) for _ in range(3)])
        self.choices = nn.ModuleDict({"conv": nn.Conv1d(1, 2, 3, padding=1), "pool": nn.MaxPool1d(2), "none": nn.Identity()})
        self.scales = nn.ParameterList([nn.Parameter(torch.ones(1) * i) for i in range(3)])
        self.drop = nn.Dropout(0.3)
        self.flat = nn.Flatten()

    def forward(self, x, choice):
        for layer, scale in zip(self.layers, self.scales):
            x = torch.relu(layer(x)) * scale + x
        x = self.drop(x)
        return self.flat(self.choices[choice](x[:, None]))


net = Mixed()
print(net)
print([(name, tuple(p.shape)) for name, p in net.named_parameters()])
x = torch.randn(2, 4)
for choice in net.choices:
    torch.manual_seed(1)
    out = net(x, choice)
    print(choice, out)
net.eval()
print(net(x, "none"), net.drop)
net(x, "conv").sum().backward()
print([name for name, p in net.named_parameters() if p.grad is None], net.choices["conv"].weight.grad)
with torch.no_grad():
    print(sum(p.abs().sum() for p in net.parameters()))
copy = Mixed()
print(copy.load_state_dict(net.state_dict()), torch.equal(copy.eval()(x, "conv"), net(x, "conv")))
