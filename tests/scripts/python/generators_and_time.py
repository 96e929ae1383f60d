# Generators, contexts, threads, timing, and the rest of the library around a training loop.
import contextlib
import functools
import itertools
import logging
import sys
import threading
import time
from collections import defaultdict, deque

import torch

logging.basicConfig(stream=sys.stdout, format="%(levelname)s %(message)s", level=logging.INFO)


@contextlib.contextmanager
def timed(name, log):
    start = time.perf_counter()
    yield
    log[name].append(time.perf_counter() - start >= 0)


def batches(x, size):
    """Batches for ever."""
    while True:
        for start in range(0, len(x), size):
            given = yield x[start : start + size]
            if given:
                return "stopped"


def logged(function):
    @functools.wraps(function)
    def call(*args, **keywords):
        result = function(*args, **keywords)
        logging.info("%s -> %.3f", function.__name__, result)
        return result

    return call


@logged
def step(w, batch):
    loss = ((batch - w) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.5 * w.grad
        w.grad = None
    return loss


log = defaultdict(list)
w = torch.zeros((), requires_grad=True)
recent = deque(maxlen=2)
for batch in itertools.islice(batches(torch.arange(4.0), 2), 3):
    with timed("step", log):
        recent.append(step(w, batch).item())
print(dict(log), list(recent), w)
source = batches(torch.arange(4.0), 2)
next(source)
try:
    source.send(True)
except StopIteration as end:
    print(end.value)

results = {}


def work(k):
    x = torch.full((2,), float(k), requires_grad=True)
    with torch.no_grad():
        quiet = (x * 2).requires_grad
    (x**3).sum().backward()
    results[k] = (x.grad, quiet, torch.is_grad_enabled())


threads = [threading.Thread(target=work, args=(k,)) for k in range(3)]
for each in threads:
    each.start()
for each in threads:
    each.join()
print([results[k] for k in range(3)])
