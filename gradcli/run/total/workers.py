"""Chunks to results, in the order of the chunks: in this process, in several, or on the workers of a Dask cluster.

    in_order(worker, chunks, jobs, dask)

A few chunks for each worker are under way at a time, so memory does not grow with the data.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import Any

from gradcli.errors import Problem

_AHEAD = 3  # chunks for each worker: one that is computed, one that travels, one that waits

_worker: Any = None  # of a process of the pool, set once by its initializer


def cores() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_order(worker: Any, chunks: Iterable[Any], jobs: int, dask: str | None = None) -> Iterator[Any]:
    """What `worker` gives for each chunk, in their order.

    worker  a callable that can be pickled
    dask    the address of a scheduler, "" for a cluster of this machine's own, None for none
    Raises what the worker raises for the first chunk that fails.
    """
    if dask is not None:
        yield from _on_dask(worker, chunks, jobs, dask)
    elif jobs == 1:
        yield from map(worker, chunks)
    else:
        yield from _in_processes(worker, chunks, jobs)


def _in_processes(worker: Any, chunks: Iterable[Any], jobs: int) -> Iterator[Any]:
    from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor

    pool = ProcessPoolExecutor(jobs, initializer=_begin, initargs=(worker,))
    try:
        yield from _windowed(lambda chunk: pool.submit(_work, chunk), chunks, jobs * _AHEAD)
    except BrokenProcessPool:
        raise Problem(
            "worker", "a worker process was ended from outside", hint="there may be too little memory: --jobs 1 needs less"
        ) from None
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _begin(worker: Any) -> None:
    global _worker
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that the user sees
    _worker = worker


def _work(chunk: Any) -> Any:
    return _outcome(_worker, chunk)


def _outcome(worker: Any, chunk: Any) -> Any:
    """The result, or the Problem as a value: exceptions lose their fields on the way between processes."""
    try:
        return worker(chunk)
    except Problem as problem:
        return problem


def _windowed(submit: Callable[[Any], Future[Any]], chunks: Iterable[Any], ahead: int) -> Iterator[Any]:
    waiting: deque[Any] = deque()
    for chunk in chunks:
        waiting.append(submit(chunk))
        if len(waiting) >= ahead:
            yield _unwrapped(waiting.popleft().result())
    while waiting:
        yield _unwrapped(waiting.popleft().result())


def _unwrapped(outcome: Any) -> Any:
    if isinstance(outcome, Problem):
        raise outcome
    return outcome


# --- Dask -----------------------------------------------------------------------------------------------------------


def _on_dask(worker: Any, chunks: Iterable[Any], jobs: int, address: str) -> Iterator[Any]:
    client = _client(jobs, address)
    try:
        shared = client.scatter(worker, broadcast=True, hash=False)
        count = max(1, len(client.scheduler_info()["workers"]))
        yield from _windowed(
            lambda chunk: client.submit(_outcome, shared, chunk, pure=False, retries=3), chunks, max(16, count * _AHEAD)
        )
    except OSError as error:
        raise Problem("worker", f"the Dask cluster is out of reach: {error}", hint="see whether its scheduler runs") from None
    finally:
        cluster = client.cluster if not address else None
        client.close()  # cancels what is running there
        if cluster is not None:
            cluster.close()


def _client(jobs: int, address: str) -> Any:
    try:
        import distributed
    except ImportError:
        raise Problem(
            "missing-extra",
            "--dask needs dask.distributed, which is not installed",
            type="ImportError",
            hint="install it with: pip install 'gradcli[dask]'",
        ) from None
    import logging

    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    try:
        if address:
            return distributed.Client(address, timeout=10, set_as_default=False)
        cluster = distributed.LocalCluster(n_workers=jobs, threads_per_worker=1, dashboard_address=None)
        return distributed.Client(cluster, set_as_default=False)
    except (OSError, ValueError) as error:
        raise Problem(
            "worker",
            f"no Dask scheduler answers at {address or 'this machine'}: {str(error).splitlines()[0]}",
            hint="start one with 'dask scheduler', and give its address: --dask tcp://HOST:8786",
            source="--dask",
            text=address,
        ) from None
