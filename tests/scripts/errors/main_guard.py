# stdout, stderr and the end of a command.
import torch, sys
print("out"); print("err", file=sys.stderr)
x = torch.tensor([1., 2.], requires_grad=True)
try:
    try: (x * 2).backward()
    except RuntimeError as e: raise ValueError("wrapped: " + str(e)[:20]) from e
except ValueError as e: print(e)
def check(cond, msg="bad"):
    if not cond: raise AssertionError(msg)
check(x.requires_grad)
try: check(False, "custom %d" % 3)
except AssertionError as e: print(e)
codes = {"a": 1}
def main(argv=None):
    if not codes: return 1
    print("main", argv or "none"); return 0
if __name__ == "__main__":
    rc = main()
    if rc: sys.exit(rc)
print("before exit")
sys.exit(3 if rc else 0)
