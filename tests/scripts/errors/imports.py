# What a script asks for and does not get, and how it can go on.
import torch

found = {}
for label in ("a", "b"):
    try:
        if label == "a":
            import gradcli_has_no_such_module
        else:
            from torch import no_such_name
    except ImportError as e:
        found[label] = type(e).__name__
print(found)
try:
    from math import no_such_function
except ImportError:
    no_such_function = None
print(no_such_function)
try:
    import missing_accelerator
    HAVE = True
except ImportError:
    HAVE = False
print("accelerated" if HAVE else "plain", torch.cuda.is_available() and HAVE)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
print(device, torch.ones(2, device=device) * 2)
x = torch.ones(2).to(device).requires_grad_(True)
print(x.device.type, x.cpu() is x, x.is_leaf)
try:
    torch.no_such_module.function(x)
except AttributeError as e:
    print(e)
