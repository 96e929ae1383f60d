import torch


class Loader:
    """Hands out slices of a tensor, as a data loader does."""

    def __init__(self, data, batch_size, shuffle=False):
        self.data, self.batch_size, self.shuffle = data, batch_size, shuffle

    def __len__(self):
        return (len(self.data) + self.batch_size - 1) // self.batch_size

    def __iter__(self):
        order = torch.randperm(len(self.data)) if self.shuffle else torch.arange(len(self.data))
        self.queue = [self.data[order[k:k + self.batch_size]] for k in range(0, len(self.data), self.batch_size)]
        return self

    def __next__(self):
        if not self.queue:
            raise StopIteration
        return self.queue.pop(0)


torch.manual_seed(0)
loader = Loader(torch.arange(10), 4)
print(len(loader))
for epoch in range(2):
    for i, batch in enumerate(loader):
        print(epoch, i, batch)
print([b.tolist() for b in Loader(torch.arange(6), 3, shuffle=True)])

it = iter(loader)
print(next(it))
print(next(it).sum())
rest = list(it)
print(len(rest), next(it, "done"))
try:
    next(it)
except StopIteration:
    print("StopIteration")

pairs = zip(torch.tensor([1., 2.]), torch.tensor([3., 4.]))
print([a * b for a, b in pairs])
lazy = (x ** 2 for x in torch.arange(4.0))
print(sum(lazy))
for row, (a, b) in zip("xy", torch.eye(2)):
    print(row, a, b)
a, b, c = (k * k for k in range(3))
print(a, b, c)
print(dict(enumerate(map(float, torch.tensor([0.5, 0.25])))))
