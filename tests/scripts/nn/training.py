# A classifier as the tutorials train it: data, model, loss, optimizer, schedule, evaluation.
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
centres = torch.tensor([[2.0, 0.0], [-1.0, 1.5], [-1.0, -1.5]])
labels = torch.randint(0, 3, (120,))
points = centres[labels] + 0.7 * torch.randn(120, 2)
train_loader = DataLoader(TensorDataset(points[:90], labels[:90]), batch_size=16, shuffle=True)
test_loader = DataLoader(TensorDataset(points[90:], labels[90:]), batch_size=30)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(2, 16)
        self.fc2 = nn.Linear(16, 16)
        self.out = nn.Linear(16, 3)
        self.dropout = nn.Dropout(0.1)

    def forward(self, x):
        x = F.relu(self.fc1(x))
        x = self.dropout(F.relu(self.fc2(x)))
        return self.out(x)


def evaluate(model, loader):
    model.eval()
    correct = total = 0
    with torch.no_grad():
        for x, y in loader:
            predicted = model(x).argmax(dim=1)
            correct += (predicted == y).sum().item()
            total += y.size(0)
    return 100 * correct / total


model = Net()
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(model.parameters(), lr=0.01)
scheduler = optim.lr_scheduler.StepLR(optimizer, step_size=3, gamma=0.5)
for epoch in range(6):
    model.train()
    running = 0.0
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), max_norm=5.0)
        optimizer.step()
        running += loss.item() * len(x)
    scheduler.step()
    print(f"epoch {epoch + 1}: loss {running / 90:.3f}, test {evaluate(model, test_loader):.1f}%, lr {scheduler.get_last_lr()[0]}")
print(model)
probabilities = F.softmax(model(points[:2]), dim=1)
print(probabilities.shape, f"{probabilities.sum().item():.3f}")
norm = nn.utils.clip_grad_norm_(model.parameters(), 0.01)
print(f"{norm:.3f}", max(p.grad.abs().max() for p in model.parameters()) < 0.011)
nn.utils.clip_grad_value_(model.parameters(), 1e-4)
print(max(p.grad.abs().max() for p in model.parameters()))
vector = nn.utils.parameters_to_vector(model.parameters())
print(vector.shape, vector.grad_fn.name())
nn.utils.vector_to_parameters(torch.zeros_like(vector), model.parameters())
print(model.out.bias)
