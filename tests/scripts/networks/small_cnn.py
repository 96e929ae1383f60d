# One epoch of a small convolutional network on generated pictures, with batch norm, dropout and a schedule.
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.set_num_threads(1)
torch.manual_seed(0)
n = 192
labels = torch.randint(0, 3, (n,))
pictures = 0.3 * torch.randn(n, 1, 12, 12)
for i, label in enumerate(labels.tolist()):
    if label == 0:
        pictures[i, 0, 3:5] += 1
    elif label == 1:
        pictures[i, 0, :, 6:8] += 1
    else:
        pictures[i, 0] += torch.eye(12)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 6, 3, padding=1, bias=False), nn.BatchNorm2d(6), nn.ReLU(inplace=True), nn.MaxPool2d(2),
            nn.Conv2d(6, 8, 3), nn.LeakyReLU(0.1), nn.AdaptiveAvgPool2d(2))
        self.classifier = nn.Sequential(nn.Flatten(), nn.Dropout(0.2), nn.Linear(32, 16), nn.SiLU(), nn.Linear(16, 3))
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x):
        return self.classifier(self.features(x))


train, test = random_split(TensorDataset(pictures, labels), [160, 32])
net = Net()
print(net)
criterion = nn.CrossEntropyLoss(label_smoothing=0.05)
optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9, nesterov=True, weight_decay=1e-4)
loader = DataLoader(train, batch_size=16, shuffle=True)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=2 * len(loader))
for epoch in range(2):
    net.train()
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(net(x), y)
        loss.backward()
        optimizer.step()
        scheduler.step()
        total += loss.item() * len(x)
    net.eval()
    with torch.no_grad():
        right = sum((net(x).argmax(1) == y).sum().item() for x, y in DataLoader(test, batch_size=32))
    print(f"epoch {epoch}: loss {total / len(train):.2f}, test {right}/{len(test)}, lr {scheduler.get_last_lr()[0]:.6f}")
print(net.features[1].num_batches_tracked, {k: tuple(v.shape) for k, v in net.state_dict().items()})
