# What is sent to a generator, thrown into it, and left over when it is closed.
def average():
    total, count, mean = 0.0, 0, None
    while True:
        total += (yield mean)
        count += 1
        mean = total / count


running = average()
next(running)
for value in (10, 20, 60):
    print(f"after {value}: {running.send(value)}")


def echo():
    print("started")
    try:
        while True:
            try:
                received = yield
            except ValueError as error:
                print("caught", error)
            else:
                print("received", received)
    finally:
        print("cleaned up")


talk = echo()
next(talk)
talk.send("hello")
talk.throw(ValueError("a mistake"))
talk.send([1, 2])
talk.close()
talk.close()
try:
    talk.send("anyone?")
except StopIteration:
    print("nobody there")


def order():
    """Parts of an expression are computed from left to right, whatever waits in between."""
    values = [1, (yield "a"), 2, *(yield "b")]
    print(values)
    both = (yield "left") + 2 * (yield "right")
    print(f"{both} {(yield 'text')!r:>6}")
    print((yield "test") and (yield "never asked"), (yield "then") if (yield "condition") else 0)
    table = {"k": (yield "value"), **(yield "more")}
    print(table, max((yield "max"), 3))
    values[0] += yield "augmented"
    return values


questions = order()
answers = [None, 5, [7, 8], 10, 20, "s", 0, True, "T", {5}, {"z": 1}, 9, 100]
try:
    for answer in answers:
        print("->", questions.send(answer))
except StopIteration as end:
    print("returned", end.value)


def inner():
    received = yield 1
    print("inner received", received)
    try:
        yield 2
    except KeyError:
        print("inner caught KeyError")
    return "result of inner"


def outer():
    result = yield from inner()
    print("outer has", result)
    yield 3


chain = outer()
print(next(chain), chain.send("x"), chain.throw(KeyError("k")))
print(list(chain))


def broken():
    yield 1
    yield next(iter([]))


try:
    print(list(broken()))
except RuntimeError as error:
    print("RuntimeError:", error)


def stubborn():
    try:
        yield 1
    except GeneratorExit:
        yield 2


never = stubborn()
next(never)
try:
    never.close()
except RuntimeError as error:
    print("RuntimeError:", error)
try:
    average().send(1)
except TypeError as error:
    print("TypeError:", error)


def itself():
    yield next(me)


me = itself()
try:
    next(me)
except ValueError as error:
    print("ValueError:", error)


def deeper(n):
    yield n
    yield from deeper(n + 1)


try:
    for depth in deeper(0):
        pass
except RecursionError as error:
    print("RecursionError:", str(error)[:32], depth > 100)
