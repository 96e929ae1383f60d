# Data sets and loaders: batches in the same order from the same seed.
import torch
from torch.utils.data import DataLoader, Dataset, Subset, TensorDataset, random_split

pairs = TensorDataset(torch.arange(10.0), torch.arange(10) * 2)
print(len(pairs), pairs[3], pairs[2:4])
torch.manual_seed(5)
loader = DataLoader(pairs, batch_size=4, shuffle=True)
for epoch in range(2):
    for x, y in loader:
        print(epoch, x, y)
print(len(loader), torch.rand(2))
for place, batch in enumerate(DataLoader(pairs, batch_size=3, drop_last=True)):
    print(place, batch)


class Squares(Dataset):
    def __init__(self, count):
        self.count = count

    def __len__(self):
        return self.count

    def __getitem__(self, i):
        return {"x": torch.tensor([float(i)]), "y": i * i, "half": i / 2, "name": str(i)}


for batch in DataLoader(Squares(3), batch_size=2):
    print(batch)
mine = torch.Generator().manual_seed(0)
for _ in range(2):
    print([batch["y"].tolist() for batch in DataLoader(Squares(5), batch_size=2, shuffle=True, generator=mine)])
train, test = random_split(pairs, [7, 3], generator=torch.Generator().manual_seed(42))
print(train.indices, [item[0].item() for item in test], len(train))
print([len(part) for part in random_split(pairs, [0.75, 0.25])])
print(list(DataLoader(Subset(pairs, [8, 1]), batch_size=None)))
print(next(iter(DataLoader(list(range(6)), batch_size=4, shuffle=True))))
print(list(DataLoader(pairs, batch_size=8, collate_fn=lambda batch: len(batch))))
