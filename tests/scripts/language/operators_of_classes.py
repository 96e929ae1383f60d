# Classes that define operators, beside tensors.
import torch
class V:
    def __init__(s, x): s.x = x
    def __add__(s, o): return ("add", s.x, o)
    def __radd__(s, o): return ("radd", s.x, o)
    def __mul__(s, o): return NotImplemented
    def __rmul__(s, o): return ("rmul", s.x)
    def __matmul__(s, o): return "matmul"
    def __eq__(s, o): return "eq"
    def __lt__(s, o): return True
    def __neg__(s): return "neg"
    def __abs__(s): return "abs"
    def __bool__(s): return False
    def __int__(s): return 5
    def __float__(s): return 2.5
    def __hash__(s): return 3
    def __getattr__(s, n): return "got " + n
t = torch.tensor(2.0)
v = V(1)
print(v + t, t + v, v + 1, 1 + v, t * v, v @ t, v == t, v < t, -v, abs(v), bool(v), int(v), float(v), hash(v), v.foo, not v)
class W:
    def __iadd__(s, o): s.n = o; return s
    def __call__(s, *a, **k): return a, k
    def __getitem__(s, i): return i
    def __contains__(s, i): return i == 3
    def __enter__(s): return s
    def __exit__(s, *a): return False
    def __str__(s): return "W!"
w = W(); w += 5
print(w.n, w(1, b=2), w[1], w[1:2], w[1, 2], w[..., None], 3 in w, w, f"{w}", "%s" % w, [w.n])
print(w[1:2:3], w[:, 0])
