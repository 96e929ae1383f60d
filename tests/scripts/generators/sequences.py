# Generators as sources of numbers: for loops, list(), zip(), next() and the values that they return.
def countdown(n):
    """Count down to one."""
    while n > 0:
        yield n
        n -= 1
    return "lift-off"


print(list(countdown(4)), sum(countdown(10)), max(countdown(3)), sorted(countdown(3)))
first, *others = countdown(4)
print(first, others, 2 in countdown(3), dict(zip("abc", countdown(3))))

numbers = countdown(2)
print(next(numbers), next(numbers), next(numbers, "nothing left"))
try:
    next(countdown(0))
except StopIteration as end:
    print("ended with", end.value)


def fibonacci():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b


for place, number in zip(range(12), fibonacci()):
    print(number, end=" " if place < 11 else "\n")


def primes():
    found = []
    n = 2
    while True:
        if all(n % p for p in found):
            found.append(n)
            yield n
        n += 1


def take(source, count):
    """The first few values of any source; next() ends this generator by ending the try."""
    source = iter(source)
    for _ in range(count):
        try:
            yield next(source)
        except StopIteration:
            return


print(list(take(primes(), 10)), list(take([1, 2], 5)))


def flatten(nested):
    for each in nested:
        if isinstance(each, list):
            yield from flatten(each)
        else:
            yield each


print(list(flatten([1, [2, [3, [4, 5]], 6], [], [[7]]])))


class Tree:
    def __init__(self, value, *children):
        self.value = value
        self.children = children

    def __iter__(self):
        yield self.value
        for child in self.children:
            yield from child


print(list(Tree("root", Tree("left", Tree("leaf")), Tree("right"))))


def permutations(items):
    if len(items) < 2:
        yield items
    else:
        for place, each in enumerate(items):
            for rest in permutations(items[:place] + items[place + 1 :]):
                yield [each] + rest


for order in permutations([1, 2, 3]):
    print(order)
print(type(countdown(1)), callable(countdown), hasattr(countdown(1), "send"))
pairs = ((i, j) for i in countdown(3) for j in range(i))
print(list(pairs))
