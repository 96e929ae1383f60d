# What classes in course notes use.
class Node:
    count = 0
    registry = {}
    def __init__(self, v, *children, **kw):
        self.v, self.children = v, list(children)
        self.meta = kw
        type(self).count += 1
        Node.registry[v] = self
    def __repr__(self): return f"{self.__class__.__name__}({self.v})"
    def walk(self, depth=0):
        print("  " * depth + str(self))
        for c in self.children: c.walk(depth + 1)
    @property
    def size(self): return 1 + sum(c.size for c in self.children)
    @size.setter
    def size(self, n): self._n = n
    @classmethod
    def leaf(cls, v): return cls(v)
    @staticmethod
    def helper(a, b=2): return a * b
    def __lt__(self, o): return self.v < o.v
    def __len__(self): return len(self.children)
    def __iter__(self): return iter(self.children)
    def __getitem__(self, i): return self.children[i]
    def __bool__(self): return True
class Special(Node):
    kind = "special"
    def __init__(self, v, extra=None, **kw):
        super().__init__(v, **kw)
        self.extra = extra
    def __repr__(self): return super().__repr__() + "!"
t = Node(1, Node(3, Special(4, extra="x")), Special.leaf(2), tag="root")
t.walk()
print(t.size, Node.count, Special.count, t.helper(3), Node.helper(1, 5), sorted(t), len(t), [c for c in t], t[0], t.meta)
t.size = 9; print(t._n, Node.registry[4].extra, isinstance(t[1], Node), issubclass(Special, Node), Special.kind, hasattr(t, "kind"), getattr(t[1], "kind"), Special.__mro__ if False else "")
class A:
    def hi(self): return "A"
class B(A):
    def hi(self): return "B" + super().hi()
class C(A):
    def hi(self): return "C" + super().hi()
class D(B, C): pass
print(D().hi(), D.__name__, type(D()).__name__, D.__bases__ if False else "")
try: Node.nothing
except AttributeError as e: print(e)
try: t.nothing()
except AttributeError as e: print(e)
try: D(1)
except TypeError as e: print(e)
class E:
    x = []
    def add(self, v): self.x.append(v); return self
e1, e2 = E(), E(); e1.add(1).add(2); print(e2.x, E.x is e1.x, e1 == e2, e1 == e1, e1 is not e2)
class F:
    __slots__ = ("a",)
    def __init__(self): self.a = 1
    def __eq__(self, o): return isinstance(o, F) and o.a == self.a
    def __hash__(self): return hash(self.a)
print(F() == F(), len({F(), F()}), F() in [F()])
class G(Exception):
    def __init__(self, msg, code=5): super().__init__(msg); self.code = code
try: raise G("bad", code=7)
except G as g: print(g, g.code, g.args)
class H(dict):
    def __missing__(self, k): return k * 2
    def __getattr__(self, k): return self[k]
h = H(a=1); print(h["zz"], h.a, len(h), h)
class L(list):
    def total(self): return sum(self)
l = L([1, 2]); l.append(3); print(l.total(), l, isinstance(l, list), L([1]) + [2])
print(callable(t), callable(Node), callable(t.walk), t.walk.__name__, Node.walk.__name__, Node.__doc__, Node.__module__)
