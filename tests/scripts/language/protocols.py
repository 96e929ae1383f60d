# What classes derived from list, dict and tuple, and classes with protocols, do.
import torch
class Tape(list):
    def record(self, op, *args): self.append((op, args)); return self
t = Tape(); t.record("add", 1, 2).record("mul", 3)
print(t, len(t), t[0], [op for op, _ in t], isinstance(t, list), Tape([1]) == [1])
class Config(dict):
    def __getattr__(self, k):
        try: return self[k]
        except KeyError: raise AttributeError(k)
    __setattr__ = dict.__setitem__
c = Config(lr=0.1, layers=[2, 3]); c.epochs = 5
print(c.lr, c["epochs"], c, sorted(c), hasattr(c, "nope"))
class Vec(tuple):
    def __add__(self, o): return Vec(a + b for a, b in zip(self, o))
    def __repr__(self): return f"Vec{tuple(self)}"
print(Vec((1, 2)) + Vec((3, 4)), Vec([1]) == (1,), hash(Vec((1,))) == hash((1,)))
class Meta:
    def __init_subclass__(cls, **kw): cls.registered = True
class Sub(Meta): pass
print(Sub.registered)
class Desc:
    def __get__(self, o, t=None): return 42
class HasDesc: d = Desc()
print(HasDesc().d)
class Ctx:
    def __enter__(self): return self
    def __exit__(self, t, v, tb): print("exit", t.__name__ if t else None, v); return True
with Ctx(): raise ValueError("swallowed")
with Ctx() as a, Ctx() as b: print(a is not b)
class P:
    def __init__(self): self._v = 1
    @property
    def v(self): "doc"; return self._v
    @v.setter
    def v(self, x): self._v = x * 2
    @v.deleter
    def v(self): self._v = None
p = P(); p.v = 5; print(p.v); del p.v; print(p.v)
class Cmp:
    def __init__(s, n): s.n = n
    def __lt__(s, o): return s.n < o.n
    def __eq__(s, o): return s.n == o.n
    def __repr__(s): return f"C{s.n}"
print(sorted([Cmp(3), Cmp(1)]), max([Cmp(3), Cmp(1)]), Cmp(1) == Cmp(1), Cmp(1) != Cmp(2), Cmp(1) in [Cmp(1)])
class It:
    def __init__(s): s.n = 0
    def __iter__(s): return s
    def __next__(s):
        s.n += 1
        if s.n > 3: raise StopIteration
        return s.n
print(list(It()), sum(It()), [a for a in It()], dict(zip("abc", It())), max(It()), *It())
a, *b = It(); print(a, b, 2 in It(), tuple(It()), sorted(It(), reverse=True), list(map(str, It())), list(enumerate(It())))
class Abstract:
    def run(self): raise NotImplementedError("subclass me")
try: Abstract().run()
except NotImplementedError as e: print(repr(e))
print(type("x") is str, type(1) == int, isinstance(True, (str, bool)), type(p) is P, type(p) == P, P.__name__, p.__class__ is P, callable(P), issubclass(bool, int))
