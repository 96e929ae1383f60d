import torch

# while with else, break and continue
n, steps = 27, 0
while n != 1:
    n = n // 2 if n % 2 == 0 else 3 * n + 1
    steps += 1
    if steps > 1000:
        break
else:
    print("reached 1 in", steps, "steps")

for k in range(2, 30):
    for d in range(2, k):
        if k % d == 0:
            break
    else:
        print(k, end=" ")
print()

x = torch.tensor(0.5, requires_grad=True)
y = x
count = 0
while y < 10:
    y = y * 2 if count % 2 == 0 else y + 1
    count += 1
y.backward()
print(count, y, x.grad)


def classify(v):
    if v < 0:
        return "negative"
    elif v == 0:
        return "zero"
    elif v < 1 or v is None:
        return "small"
    else:
        return "large"


for v in (-1, 0, 0.25, 7, torch.tensor(-3.0), torch.tensor(2)):
    print(classify(v), end=", ")
print("done")

total = 0
for i in range(10, 0, -3):
    if i == 4:
        continue
    total += i
print(total, i)
print(1 < 2 < 3, 1 < 3 < 2, 0 <= x.item() < 1, not (1 == 1.0), 3 != 3)
print(None is None, x is not None, "a" in "cat", 4 not in [1, 2, 3])
print(0 or "default", "" and 1, 5 and 6, not [], not [0])
if torch.tensor(1.0) and torch.tensor([2]):
    print("truthy tensors")
for t in torch.arange(6).view(3, 2):
    print(t, t.sum().item())
