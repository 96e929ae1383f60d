import torch


class Counter:
    """Counts its calls."""

    made = 0

    def __init__(self, name, start=0):
        self.name = name
        self.count = start
        Counter.made += 1

    def __call__(self, by=1):
        self.count += by
        return self

    def __repr__(self):
        return f"Counter({self.name!r}, {self.count})"

    def __len__(self):
        return self.count

    def __eq__(self, other):
        return isinstance(other, Counter) and self.count == other.count

    def __add__(self, other):
        return Counter(self.name + other.name, self.count + other.count)

    @property
    def doubled(self):
        return 2 * self.count

    @staticmethod
    def describe():
        return "counts"

    @classmethod
    def zero(cls):
        return cls("zero")


class Loud(Counter):
    def __call__(self, by=1):
        print("calling", self.name)
        return super().__call__(by)

    def __str__(self):
        return self.name.upper()


a = Counter("a")
a(); a(3)
b = Loud("b", start=4)
print(a, len(a), a == b, a != b, a.doubled)
b()
print(b, repr(b), str(b), f"{b} {b!r}")
print(a + b, Counter.made, Counter.describe(), Counter.zero().name)
print(isinstance(b, Counter), isinstance(a, Loud), type(b).__name__, b.__class__.__name__, issubclass(Loud, Counter))
print(hasattr(a, "count"), hasattr(a, "missing"), getattr(a, "missing", 0), a.__doc__)
setattr(a, "extra", torch.ones(2))
a.extra += 1
print(a.extra, sorted(a.__dict__), callable(a), callable(3))
print([c.name for c in sorted([a, b], key=lambda c: -c.count)])


class Bag:
    def __init__(self, items):
        self.items = list(items)

    def __getitem__(self, i):
        return self.items[i]

    def __setitem__(self, i, value):
        self.items[i] = value

    def __iter__(self):
        return iter(self.items)

    def __contains__(self, item):
        return item in self.items


bag = Bag([1, 2, 3])
bag[0] = 10
print(bag[0], bag[1:], list(bag), 2 in bag, sum(bag), bool(bag))
try:
    bag.nothing
except AttributeError as e:
    print("AttributeError:", e)
