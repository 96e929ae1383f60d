import torch

a = torch.tensor([1.0, 2.0])
b = torch.tensor([1.0, 2.5])
assert torch.allclose(a, a)
print("first assertion holds")
try:
    assert torch.equal(a, b)
except AssertionError as e:
    print("caught", repr(e))
finally:
    print("finally")
assert torch.allclose(a, b), f"off by {(a - b).abs().max()}"
