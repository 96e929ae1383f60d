# A small convolutional classifier of made-up pictures: bars that stand and bars that lie.
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim

torch.manual_seed(1)


def picture(kind):
    image = torch.rand(1, 8, 8) * 0.3
    place = torch.randint(1, 7, (1,)).item()
    if kind:
        image[0, place] += 1
    else:
        image[0, :, place] += 1
    return image


labels = torch.arange(16) % 2
images = torch.stack([picture(label.item()) for label in labels])
print(images.shape, labels)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 4, kernel_size=3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(4, 8, kernel_size=3),
            nn.ReLU(),
            nn.AvgPool2d(2),
        )
        self.classifier = nn.Linear(8, 2)

    def forward(self, x):
        return self.classifier(torch.flatten(self.features(x), 1))


net = Net()
print(net)
print(sum(p.numel() for p in net.parameters()))
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(net.parameters(), lr=0.5, momentum=0.9)
for epoch in range(15):
    optimizer.zero_grad()
    outputs = net(images)
    loss = criterion(outputs, labels)
    loss.backward()
    optimizer.step()
    if epoch % 5 == 4:
        print(f"epoch {epoch + 1}: loss {loss.item():.3f}")
with torch.no_grad():
    predicted = net(images).argmax(dim=1)
    print("accuracy", (predicted == labels).float().mean().item())
