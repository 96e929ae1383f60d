# The same Python, spelt in many ways.
import torch
# comments everywhere
def f(x,
      y=2,  # inline
      ):
    # leading comment
    z = (x +
         y)

    # blank above
    return z  # trailing
class A(object):
    '''doc'''
    a = 1

    def m(self): return self.a
    n = lambda self: 2
    b, c = 3, 4
    for i in range(3): a += i
    if a > 3:
        big = True
    d = {k: v for k, v in zip("ab", range(2))}
print(f(1), A().m(), A.n(A()), A.b, A.big, A.d, A.i)
if True:
	print("tab")
x = [
  1, 2,
  3,
]; print(x)
y = {
    'a': 1, "b": [1,
                  2],
}
print(y); print("""a
  b""")
s = 'it''s' "x" ; print(s)
print("a" +
      "b", end='\n')
while True:
    break
else: print("no")
for i in []: pass
else: print("empty else")
if 1: pass
elif 2: pass
else: pass
try: pass
except: pass
else: print("else")
finally: print("fin")
def g(): "doc"; return g.__doc__
print(g())
def h(*, a, b=1): return a + b
print(h(a=1), h(b=5, a=2))
print(0b101, 0o17, 0xFF, 1_0, 1e1, .1, 1., 1e-2, 0.1e+1, 1E5)
lst = [*range(3), *[9]]; print(lst, *lst, {*lst}, {**y, "c": 3}["c"])
print(lst[-1], lst[::-1], lst[1:-1], lst[:2], lst[:], lst[10:], lst[-2:], lst[::2])
assert f(1) == 3, "msg"
global_var = 1
def k():
    global global_var
    global_var += 1
    def inner():
        global global_var
        global_var *= 10
    inner()
k(); print(global_var)
del lst[0], y["a"]; print(lst, y)
a: int = 1; b: "str" = "s"; c: list[int]; print(a, b)
def typed(x: torch.Tensor, *args: int, flag: bool = True, **kw: dict) -> tuple[torch.Tensor, int]: return x, 1
print(typed(1)); print(not 1, -(-1), +1, ~1, 1 if x else 2, (yield_ := 3))
print(f"{'a' if x else 'b'}", f'{"q"}', f"{x[0]}{y['b'][0]}", f"""{1
}""", rf"\d{1}", f"{{}}", f"{1:{5}}", f"{3.14159:.{2}f}", f"{'x':>{2+3}}", f"{1,2}", f"{ {1:2}[1] }", f"{lambda_:=^5}" if False else "")
if __name__ == '__main__': print("done")
