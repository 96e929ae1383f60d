def attempt(f, *args):
    try:
        print(f(*args))
    except Exception as e:
        print(type(e).__name__ + ":", e)


def two(a, b=1):
    return a + b


class Thing:
    def __init__(self, x):
        self.x = x


attempt(lambda: 1 + "a")
attempt(lambda: "a" + 1)
attempt(lambda: [1] + (2,))
attempt(lambda: None + 1)
attempt(lambda: len(3))
attempt(lambda f: f(), 3)
attempt(lambda: {}["missing"])
attempt(lambda: [1, 2][5])
attempt(lambda: (1,)[3])
attempt(lambda: "abc"[10])
attempt(lambda: int("12a"))
attempt(lambda: float("x"))
attempt(lambda: two())
attempt(lambda: two(1, 2, 3))
attempt(lambda: two(1, c=2))
attempt(lambda: two(1, a=2))
attempt(lambda: Thing())
attempt(lambda: Thing(1).y)
attempt(lambda: [].pop())
attempt(lambda: next(iter([])))
attempt(lambda: iter(3))
attempt(lambda: "a" < 1)
attempt(lambda: "%d" % "a")
attempt(lambda: "abc".nothing())
attempt(lambda: (1, 2).append(3))


def unpack():
    a, b = 1, 2, 3


def unpack_few():
    a, b, c = [1, 2]


def not_iterable():
    for i in 5:
        pass


def immutable():
    t = (1, 2)
    t[0] = 5


def chained():
    try:
        1 / 0
    except ZeroDivisionError as e:
        raise ValueError("bad value") from e


def kind(f):
    try:
        f()
    except Exception as e:
        return type(e).__name__, isinstance(e, (ArithmeticError, LookupError, ValueError))


print([kind(f) for f in (lambda: 1 // 0, lambda: 1 % 0, lambda: 1.0 / 0, lambda: [1].remove(2), lambda: [1].index(2), lambda: max([]), unpack, lambda: {[1]: 2})])
for f in (unpack_few, not_iterable, immutable, chained):
    attempt(f)
