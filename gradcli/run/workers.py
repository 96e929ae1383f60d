"""Chunks to results, in the order of the chunks: in this process, in several, or on the workers of a Dask cluster.

    with Workers(jobs, dask) as workers:
        for result in workers.in_order(worker, chunks): ...

A few chunks for each worker are under way at a time, so memory does not grow with the data.  Processes and clusters stay from
one call to the next, as a search wants that goes over the data again and again.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import Any

from gradcli.errors import Problem

Paused = Callable[[], bool]

_made: dict[str, Any] = {}  # what this process has made for chunks to come
_AHEAD = 3  # chunks for each worker: one that is computed, one that travels, one that waits


def cores() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Once:
    """A worker that each process makes for itself, by `make(*args)`, when its first chunk comes."""

    def __init__(self, make: Callable[..., Callable[[Any], Any]], *args: Any) -> None:
        self._key = os.urandom(8).hex()
        self._make = make
        self._args = args

    def __call__(self, chunk: Any) -> Any:
        if self._key not in _made:
            _made[self._key] = self._make(*self._args)
        return _made[self._key](chunk)


class Workers:
    """Where chunks are computed.

    jobs  processes
    dask  the address of a scheduler, "" for a cluster of this machine's own, None for none
    """

    def __init__(self, jobs: int, dask: str | None = None) -> None:
        self._jobs = jobs
        self._address = dask
        self._pool: Any = None
        self._client: Any = None

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self._pool is not None:
            # All is done where nothing was raised; to leave the end to the interpreter's exit closes a pipe twice now and then.
            self._pool.shutdown(wait=kind is None, cancel_futures=True)
        if self._client is not None:
            cluster = self._client.cluster if not self._address else None
            self._client.close()  # cancels what is running there
            if cluster is not None:
                cluster.close()

    def in_order(self, worker: Any, chunks: Iterable[Any], paused: Paused = lambda: False) -> Iterator[Any]:
        """What `worker`, a callable that can be pickled, gives for each chunk, in their order.

        paused  whether the next chunk is not there yet, so that what is under way is to be given first
        Raises what the worker raises for the first chunk that fails.
        """
        if self._address is not None:
            return self._on_dask(worker, chunks)
        return map(worker, chunks) if self._jobs == 1 else self._in_processes(worker, chunks, paused)

    def _in_processes(self, worker: Any, chunks: Iterable[Any], paused: Paused) -> Iterator[Any]:
        from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor

        if self._pool is None:
            self._pool = ProcessPoolExecutor(self._jobs, initializer=_begin)
        pool = self._pool
        try:
            yield from _windowed(lambda chunk: pool.submit(_outcome, worker, chunk), chunks, self._jobs * _AHEAD, paused)
        except BrokenProcessPool:
            raise Problem(
                "worker", "a worker process was ended from outside", hint="there may be too little memory: --jobs 1 needs less"
            ) from None

    def _on_dask(self, worker: Any, chunks: Iterable[Any]) -> Iterator[Any]:
        if self._client is None:
            self._client = _client(self._jobs, self._address or "")
        client = self._client
        try:
            count = max(1, len(client.scheduler_info()["workers"]))
            yield from _windowed(
                lambda chunk: client.submit(_outcome, worker, chunk, pure=False, retries=3), chunks, max(16, count * _AHEAD)
            )
        except OSError as error:
            raise Problem(
                "worker", f"the Dask cluster is out of reach: {error}", hint="see whether its scheduler runs"
            ) from None


def _begin() -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that the user sees


def _outcome(worker: Any, chunk: Any) -> Any:
    """The result, or the Problem as a value: exceptions lose their fields on the way between processes."""
    try:
        return worker(chunk)
    except Problem as problem:
        return problem


def _windowed(
    submit: Callable[[Any], Future[Any]], chunks: Iterable[Any], ahead: int, paused: Paused = lambda: False
) -> Iterator[Any]:
    waiting: deque[Any] = deque()
    for chunk in chunks:
        waiting.append(submit(chunk))
        while len(waiting) >= ahead or (waiting and paused()):
            yield _unwrapped(waiting.popleft().result())
    while waiting:
        yield _unwrapped(waiting.popleft().result())


def _unwrapped(outcome: Any) -> Any:
    if isinstance(outcome, Problem):
        raise outcome
    return outcome


def _patience() -> float:
    """How many seconds to wait for a scheduler: as Dask's configuration has it, but no more than ten."""
    from dask import config
    from dask.utils import parse_timedelta

    configured: float = parse_timedelta(config.get("distributed.comm.timeouts.connect"))
    return min(10.0, configured)


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
            return distributed.Client(address, timeout=_patience(), set_as_default=False)
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
