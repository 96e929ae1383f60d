import torch


def first(e):
    return str(e).split(":")[0].split(",")[0].split(". ")[0].rstrip(".")


def expect(label, f):
    try:
        f()
    except RuntimeError as e:
        print(f"{label}: {first(e)}")
    else:
        print(f"{label}: no error")


x = torch.tensor([1., 2., 3.], requires_grad=True)


def leaf():
    x.add_(1)


def leaf_index():
    x[0] = 1


def leaf_view():
    x.view(3)[0] = 1


def leaf_augmented():
    global x
    x += 1


def saved_input():
    y = x * 1
    z = y ** 2
    y += 1
    z.sum().backward()


def saved_output():
    y = x.exp()
    y.mul_(2)
    y.sum().backward()


def not_saved():
    y = x + 1
    z = y + 2
    y += 1
    z.sum().backward()


def saved_constant():
    c = torch.ones(3)
    y = x * c
    c[0] = 5
    y.sum().backward()


def detached_alias():
    y = x.sigmoid()
    y.detach().zero_()
    y.sum().backward()


def data_is_unseen():
    y = x.sigmoid()
    y.data.zero_()
    y.sum().backward()


def under_no_grad():
    y = x * x
    with torch.no_grad():
        y.zero_()
        x.mul_(1)
    y.sum().backward()


def unbound():
    a, b, c = x.clone().unbind()
    a.add_(1)


for f in (leaf, leaf_index, leaf_view, leaf_augmented, saved_input, saved_output, not_saved, saved_constant, detached_alias, data_is_unseen, under_no_grad, unbound):
    expect(f.__name__, f)
print(x, x.grad, x._version)
y = torch.tanh(x)
try:
    y += 1
    y.sum().backward()
except RuntimeError as e:
    message = str(e)
    print("is at version" in message, "inplace operation" in message)
