"""Many requests to the nodes of one group, with a bound on those that are under way."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import (AsyncGenerator, Dict, Generator, Iterable, Iterator, List, Mapping, Optional,
                    Sequence, Set)

from ._core import CALLS_MAX
from ._params import Argument
from ._pending import Pending
from .aio import AsyncClient
from .client import Client
from .errors import NOT_RUN, DtreeError, Lost
from .shapes import Result

# Before what has certainly not run is sent again, in seconds.
PAUSE = 0.05


@dataclass(frozen=True)
class Done:
    """A request that has ended. index: which of those that were given, from 0. Either result or error
    is None."""

    index: int
    args: Sequence[Argument]
    result: Optional[Result]
    error: Optional[DtreeError]


@dataclass
class _Request:
    """One that has not ended. end: until when it may be sent again; due: when it is."""

    index: int
    args: Sequence[Argument]
    end: float
    due: float = 0.0
    pending: Optional[Pending[Result]] = None


def _may_repeat(error: DtreeError, end: float) -> bool:
    """Only what has certainly not run."""
    return error.outcome == NOT_RUN and time.monotonic() < end


def _limit(limit: int) -> int:
    if not 1 <= limit <= CALLS_MAX:
        raise ValueError(f"a limit of {limit}; it may be 1 to {CALLS_MAX}")
    return limit


class Pool:
    """The nodes of `group`, through one client. Nothing here starts a thread: a pool belongs to the
    thread of its client.

    limit: how many requests are under way at once, 1 to 1000.
    retry: for how many seconds a request that has certainly not run (outcome "not_run") is sent again,
    for example while dtreed is started again. What may have run is never sent again.
    timeout: dtreed's time for each, in seconds, in place of the configured one.
    """

    def __init__(self, client: Client, group: str, *, limit: int = 64, retry: float = 0.0,
                 timeout: Optional[float] = None) -> None:
        self.client = client
        self.group = group
        self.limit = _limit(limit)
        self.retry = retry
        self.timeout = timeout

    def exec(self, *args: Argument) -> Result:
        """One request, as Client.exec_any()."""
        end = time.monotonic() + self.retry
        while True:
            try:
                return self.client.exec_any(self.group, *args, timeout=self.timeout)
            except DtreeError as error:
                if not _may_repeat(error, end):
                    raise
                time.sleep(PAUSE)

    def _begin(self, request: _Request) -> Optional[DtreeError]:
        """Sends it; gives why it cannot be."""
        try:
            request.pending = self.client.submit_any(self.group, *request.args,
                                                     timeout=self.timeout)
        except DtreeError as error:
            return error
        return None

    def _await(self, requests: List[_Request]) -> None:
        """Until one has ended or is due again."""
        under_way = [request.pending for request in requests if request.pending]
        dues = [request.due for request in requests if not request.pending]
        left = max(0.0, min(dues) - time.monotonic()) if dues else None
        if under_way:
            self.client._any_done(under_way, left)
        elif left:
            time.sleep(left)

    def run(self, requests: Iterable[Sequence[Argument]]) -> Iterator[Done]:
        """Each of the requests, which are sequences of arguments and are taken as there is room for
        them; gives each as it ends, in no order, failed ones too. Where the iterator is left early,
        what is under way is cancelled."""
        return self._run(requests, {})

    def _run(self, requests: Iterable[Sequence[Argument]],
             held: Mapping[int, Done]) -> Generator[Done, None, None]:
        """held: those that have ended and count as under way."""
        more = enumerate(requests)
        waiting: Dict[int, _Request] = {}
        exhausted = False
        try:
            while waiting or not exhausted:
                while not exhausted and len(waiting) + len(held) < self.limit:
                    item = next(more, None)
                    exhausted = item is None
                    if item:
                        waiting[item[0]] = _Request(item[0], item[1],
                                                    time.monotonic() + self.retry)
                for request in list(waiting.values()):
                    done = self._step(request)
                    if done:
                        del waiting[done.index]
                        yield done
                if waiting:
                    self._await(list(waiting.values()))
        finally:
            for request in waiting.values():
                if request.pending:
                    request.pending.abandon()

    def _step(self, request: _Request) -> Optional[Done]:
        """Begins it, or sees whether it has ended."""
        error: Optional[DtreeError] = None
        if not request.pending:
            if request.due > time.monotonic():
                return None
            error = self._begin(request)
        if request.pending:
            if not request.pending.done():
                return None
            try:
                return Done(request.index, request.args, request.pending.result(), None)
            except DtreeError as failed:
                error = failed
        if error and _may_repeat(error, request.end):
            request.pending, request.due = None, time.monotonic() + PAUSE
            return None
        return Done(request.index, request.args, None, error)

    def map(self, requests: Iterable[Sequence[Argument]]) -> Iterator[Result]:
        """The results in the order of the requests. The first failure is raised, and the rest is
        cancelled. At most `limit` requests are under way or ready before their turn."""
        ready: Dict[int, Done] = {}
        turn = 0
        run = self._run(requests, ready)
        try:
            for done in run:
                ready[done.index] = done
                while turn in ready:
                    yield _result(ready.pop(turn))
                    turn += 1
        finally:
            run.close()


def _result(done: Done) -> Result:
    if done.result is None:
        raise done.error or Lost("a request without an end")
    return done.result


class AsyncPool:
    """As Pool, for asyncio."""

    def __init__(self, client: AsyncClient, group: str, *, limit: int = 64, retry: float = 0.0,
                 timeout: Optional[float] = None) -> None:
        """As of Pool."""
        self.client = client
        self.group = group
        self.limit = _limit(limit)
        self.retry = retry
        self.timeout = timeout

    async def exec(self, *args: Argument) -> Result:
        """One request, as AsyncClient.exec_any()."""
        end = time.monotonic() + self.retry
        while True:
            try:
                return await self.client.exec_any(self.group, *args, timeout=self.timeout)
            except DtreeError as error:
                if not _may_repeat(error, end):
                    raise
            await asyncio.sleep(PAUSE)

    async def _one(self, index: int, args: Sequence[Argument]) -> Done:
        try:
            return Done(index, args, await self.exec(*args), None)
        except DtreeError as error:
            return Done(index, args, None, error)

    def run(self, requests: Iterable[Sequence[Argument]]) -> AsyncGenerator[Done, None]:
        """As Pool.run(): an asynchronous iterator. Close it (aclose()) where it is left early."""
        return self._run(requests, {})

    async def _run(self, requests: Iterable[Sequence[Argument]],
                   held: Mapping[int, Done]) -> AsyncGenerator[Done, None]:
        more = enumerate(requests)
        tasks: Set["asyncio.Task[Done]"] = set()
        exhausted = False
        try:
            while tasks or not exhausted:
                while not exhausted and len(tasks) + len(held) < self.limit:
                    item = next(more, None)
                    exhausted = item is None
                    if item:
                        tasks.add(asyncio.ensure_future(self._one(*item)))
                if not tasks:
                    continue
                ended, tasks = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in sorted(ended, key=lambda task: task.result().index):
                    yield task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def map(self, requests: Iterable[Sequence[Argument]]) -> AsyncGenerator[Result, None]:
        """As Pool.map(): an asynchronous iterator. Close it (aclose()) where it is left early."""
        ready: Dict[int, Done] = {}
        turn = 0
        run = self._run(requests, ready)
        try:
            async for done in run:
                ready[done.index] = done
                while turn in ready:
                    yield _result(ready.pop(turn))
                    turn += 1
        finally:
            await run.aclose()
