def guarded(name):
    try:
        yield 1
    except GeneratorExit as error:
        print(name, "caught", repr(error))
    print(name, "goes on")


def around():
    try:
        yield from guarded("inner")
        print("not reached")
    except GeneratorExit:
        print("outer caught it too")
        raise


for make in (lambda: guarded("alone"), around):
    made = make()
    next(made)
    made.close()
    made.close()
    print(list(made))


def stubborn():
    while True:
        try:
            yield 1
        except GeneratorExit:
            print("ignored")
            if enough:
                return


def over_stubborn():
    try:
        yield from stubborn()
    except RuntimeError as error:
        print("RuntimeError:", error)
    yield 9


enough = False
for make in (stubborn, over_stubborn):
    made = make()
    next(made)
    try:
        made.close()
    except RuntimeError as error:
        print("RuntimeError:", error)
    enough = True

not_begun = guarded("never")
not_begun.close()
try:
    guarded("never").throw(GeneratorExit)
except GeneratorExit as error:
    print("thrown back", repr(error))
made = guarded("thrown at")
next(made)
try:
    made.throw(GeneratorExit("now"))
except StopIteration:
    print("it ended")


def answers():
    try:
        yield from [1, 2]
    except GeneratorExit:
        print("answering")
    yield 3


made = answers()
next(made)
print(made.throw(GeneratorExit))


class Manager:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        print("left with", kind and kind.__name__)
        return True


def managed():
    with Manager():
        yield 1
    print("after the block")


for _ in managed():
    break
squares = (i * i for i in range(3))
print(next(squares), repr(squares)[:31])
squares.close()
print(list(squares))

try:
    raise GeneratorExit("by hand")
except GeneratorExit as error:
    print(repr(error))
