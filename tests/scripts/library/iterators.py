# itertools: grids of hyperparameters, parameters of two networks in one optimizer, running sums.
import itertools
from itertools import accumulate, chain, combinations, count, cycle, groupby, islice, permutations, product, zip_longest

import torch

for lr, momentum in product([0.1, 0.01], [0.0, 0.9]):
    w = torch.tensor(3.0, requires_grad=True)
    opt = torch.optim.SGD([w], lr=lr, momentum=momentum)
    for _ in range(5):
        opt.zero_grad()
        (w**2).backward()
        opt.step()
    print(f"{lr=} {momentum=} {w.item():.4f}")

one, two = torch.nn.Linear(2, 1), torch.nn.Linear(1, 1)
opt = torch.optim.SGD(chain(one.parameters(), two.parameters()), lr=0.1)
print(len(opt.param_groups[0]["params"]), [tuple(p.shape) for p in chain.from_iterable([one.parameters(), two.parameters()])])
print(list(combinations("abc", 2)), list(permutations(range(3), 2)), list(product("ab", repeat=2))[-1])
print(list(islice(count(10, 5), 3)), list(islice(cycle("xy"), 5)), list(itertools.repeat(0, 3)), list(islice(range(10), 2, 8, 3)))
print(list(accumulate([1, 2, 3, 4])), list(accumulate([3, 1, 2], max)), list(accumulate([2, 3], lambda a, b: a * b, initial=1)))
print(list(accumulate(torch.tensor([1.0, 2.0, 3.0]))))
print(list(zip_longest("ab", [1], fillvalue="-")), [(key, len(list(group))) for key, group in groupby("aabbbc")])
print(list(itertools.takewhile(lambda n: n < 3, count())), list(itertools.dropwhile(lambda n: n < 3, range(5))))
print(list(itertools.starmap(pow, [(2, 3), (3, 2)])), list(itertools.compress("abc", [1, 0, 1])), list(itertools.filterfalse(None, [0, 1])))
print(list(itertools.pairwise([1, 2, 3])), sum(1 for _ in itertools.combinations_with_replacement(range(3), 2)))


def batches(values, size):
    it = iter(values)
    while batch := list(islice(it, size)):
        yield batch


print([torch.stack(batch).sum().item() for batch in batches(torch.arange(7.0), 3)])
