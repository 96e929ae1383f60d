# Tests of tensors: assert_close says what is wrong, and where.
import torch

T = torch.testing.assert_close
nan = float("nan")
for actual, expected, options in (
    (torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1.0, 2.5, 3.0]), {}),
    (1.0, 2.0, {}),
    (torch.tensor(1.0), torch.tensor(2.0), {}),
    (torch.ones(2), torch.ones(3), {}),
    (torch.ones(2), torch.ones(2).double(), {}),
    ([torch.ones(1), torch.ones(1)], [torch.ones(1), torch.zeros(1)], {}),
    ({"a": 1.0}, {"a": 2.0}, {}),
    (torch.tensor([1, 2]), torch.tensor([1, 3]), {}),
    (torch.tensor([nan]), torch.tensor([nan]), {}),
    (torch.tensor([nan]), torch.tensor([nan]), {"equal_nan": True}),
    ([1.0], [1.0, 2.0], {}),
    (torch.ones(2), [1.0, 1.0], {}),
    (torch.tensor([1.0]), torch.tensor([2.0]), {"msg": "no"}),
    (torch.tensor([True]), torch.tensor([False]), {}),
    (1, 1.0, {}),
    (torch.ones(2, 2), torch.zeros(2, 2), {"rtol": 0.1, "atol": 0.1}),
    ({"a": 1.0}, {"b": 2.0}, {}),
    (torch.ones(1), torch.ones(1), {"rtol": 1}),
    (torch.ones(3), torch.ones(3) + 1e-7, {}),
):
    try:
        print(T(actual, expected, **options))
    except (AssertionError, TypeError, ValueError) as error:
        print(type(error).__name__, error)
