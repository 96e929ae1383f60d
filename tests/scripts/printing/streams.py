import sys
import torch

print("to stdout")
print("to stderr", file=sys.stderr)
print("flushed", flush=True)
print("a", "b", sep="", end="", file=sys.stderr)
print(file=sys.stderr)
sys.stdout.write("written\n")
sys.stderr.write("warned: %d\n" % 3)
x = torch.tensor([1.0, 2.0], requires_grad=True)
print(x, file=sys.stderr)
for i in range(3):
    print(i, end=" " if i < 2 else "\n")
print("unicode: ∂L/∂w → ∇, é, 你好")
print("multi\nline", "tab\there", r"raw\n")
print("%s" % ("tuple", 1)[0], ("t",), ())
print("no newline at end", end="")
