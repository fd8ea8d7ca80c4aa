"""The client for asyncio."""

from __future__ import annotations

from itertools import islice
from typing import (Any, AsyncIterable, BinaryIO, Dict, Iterable, List, Mapping, Optional, Union, cast,
                    overload)

from ._asynchronous import AsyncConnection, AsyncStream, AsyncSubscription
from ._core import OnProgress, read_result
from ._params import (SMALL, SMALL_COUNT, Argument, after as after_words, argument, arguments,
                      exec_params, fits, given, milliseconds, read_all, read_reduced)
from .client import _BATCH, pieces
from .shapes import (AllResults, Changed, Created, DaemonStatus, Hello, Logs, Node, NodeStatus,
                     Ordered, Reduced, Result, Service, Started, Waited)

__all__ = ["AsyncClient", "AsyncStream", "AsyncSubscription"]

# Standard input: as of Client, or pieces as they come.
AsyncInput = Union[bytes, BinaryIO, Iterable[bytes], AsyncIterable[bytes]]


class AsyncClient(AsyncConnection):
    """As Client, for asyncio: the same methods, each to be awaited. Requests of several tasks are
    under way at once; those that name one node are answered in the order in which they were begun. A
    task that is cancelled cancels its request.

    A client belongs to one event loop, and so to its thread. Callbacks run in the loop and must not
    block. An input that is a file is read where the loop runs.
    """

    # Requests to services.

    async def exec(self, node: Node, *args: Argument, timeout: Optional[float] = None,
                   unordered: bool = False, progress: Optional[OnProgress] = None,
                   traceparent: Optional[str] = None) -> Result:
        """As Client.exec()."""
        return await self._exec({"id": node}, args, timeout, unordered, progress, traceparent)

    async def exec_any(self, group: str, *args: Argument, timeout: Optional[float] = None,
                       unordered: bool = False, progress: Optional[OnProgress] = None,
                       traceparent: Optional[str] = None) -> Result:
        """As Client.exec_any()."""
        return await self._exec({"group": group}, args, timeout, unordered, progress, traceparent)

    async def exec_many(self, node: Node, args: Iterable[Argument], *,
                        timeout: Optional[float] = None,
                        progress: Optional[OnProgress] = None) -> Result:
        """As Client.exec_many()."""
        return await self._exec({"id": node}, args, timeout, False, progress, None)

    async def _exec(self, target: Mapping[str, Any], args: Iterable[Argument],
                    timeout: Optional[float], unordered: bool, progress: Optional[OnProgress],
                    traceparent: Optional[str]) -> Result:
        first: List[str] = []
        size = 0
        more = iter(args)
        for value in more:
            first.append(argument(value))
            size += len(first[-1]) + 1
            if size > SMALL or len(first) > SMALL_COUNT:
                break
        if fits(first):
            params = exec_params(target, first, timeout, unordered, progress is not None)
            return read_result(await self.call("exec", params, progress=progress,
                                               traceparent=traceparent))
        params = exec_params(target, [], timeout, unordered, progress is not None)
        async with await self._feeder(params, [], False, progress,
                                      given(traceparent=traceparent)) as stream:
            await stream.add(*first)
            while batch := list(islice(more, _BATCH)):
                await stream.add(*batch)
            return await stream.close()

    async def exec_stream(self, node: Node, *args: Argument, stdin: bool = False,
                          timeout: Optional[float] = None, progress: Optional[OnProgress] = None,
                          traceparent: Optional[str] = None) -> AsyncStream:
        """As Client.exec_stream()."""
        params = exec_params({"id": node}, [], timeout, False, progress is not None)
        stream = await self._feeder(params, arguments(args) if stdin else [], stdin, progress,
                                    given(traceparent=traceparent))
        if not stdin:
            await stream.add(*args)
        return stream

    async def exec_input(self, node: Node, *args: Argument, stdin: AsyncInput,
                         timeout: Optional[float] = None,
                         progress: Optional[OnProgress] = None) -> Result:
        """As Client.exec_input(); stdin may be an asynchronous iterable, too."""
        async with await self.exec_stream(node, *args, stdin=True, timeout=timeout,
                                          progress=progress) as stream:
            if isinstance(stdin, AsyncIterable):
                async for piece in stdin:
                    if stream.ended:
                        break
                    await stream.write(piece)
            else:
                for piece in pieces(stdin):
                    if stream.ended:
                        break
                    await stream.write(piece)
            return await stream.close()

    @overload
    async def exec_all(self, *args: Argument, subtree: Optional[Node] = None,
                       timeout: Optional[float] = None) -> AllResults: ...

    @overload
    async def exec_all(self, *args: Argument, reduce: str, subtree: Optional[Node] = None,
                       timeout: Optional[float] = None) -> Reduced: ...

    async def exec_all(self, *args: Argument, reduce: Optional[str] = None,
                       subtree: Optional[Node] = None,
                       timeout: Optional[float] = None) -> Union[AllResults, Reduced]:
        """As Client.exec_all()."""
        params = {"args": arguments(args), **given(subtree=subtree, reduce=reduce,
                                                   timeout_ms=milliseconds(timeout))}
        result = await self.call("exec_all", params)
        return read_all(result) if reduce in (None, "list") else read_reduced(result)

    # Nodes.

    async def create(self, node: int, parent: Optional[Node] = None, *, service: Optional[str] = None,
               restart: Optional[str] = None, name: Optional[str] = None,
               group: Optional[str] = None, on_hang: Optional[str] = None,
               hang_timeout: Optional[float] = None,
               after: Optional[Iterable[Node]] = None) -> Created:
        """As Client.create()."""
        return cast(Created, await self.call("create", {"id": node, **given(
            parent=parent, service=service, restart=restart, name=name, group=group,
            on_hang=on_hang, hang_timeout_ms=milliseconds(hang_timeout),
            after=after_words(after))}))

    async def change(self, node: Node, *, parent: Optional[Node] = None, restart: Optional[str] = None,
               name: Optional[str] = None, group: Optional[str] = None,
               on_hang: Optional[str] = None, hang_timeout: Optional[float] = None,
               after: Optional[Iterable[Node]] = None) -> Changed:
        """As Client.change()."""
        return cast(Changed, await self.call("change", {"id": node, **given(
            parent=parent, restart=restart, name=name, group=group, on_hang=on_hang,
            hang_timeout_ms=milliseconds(hang_timeout), after=after_words(after))}))

    async def kill(self, node: Node) -> List[int]:
        """As Client.kill()."""
        return cast(List[int], (await self.call("kill", {"id": node}))["removed"])

    async def start(self, node: Node) -> Started:
        """As Client.start()."""
        return cast(Started, await self.call("start", {"id": node}))

    async def stop(self, node: Node) -> None:
        """As Client.stop()."""
        await self.call("stop", {"id": node})

    async def restart(self, node: Node) -> Started:
        """As Client.restart()."""
        return cast(Started, await self.call("restart", {"id": node}))

    async def _all(self, method: str, subtree: Optional[Node], at_once: Optional[int]) -> Ordered:
        return cast(Ordered, await self.call(method, given(subtree=subtree, at_once=at_once)))

    async def start_all(self, subtree: Optional[Node] = None, *, at_once: Optional[int] = None) -> Ordered:
        """As Client.start_all()."""
        return await self._all("start_all", subtree, at_once)

    async def stop_all(self, subtree: Optional[Node] = None, *, at_once: Optional[int] = None) -> Ordered:
        """As Client.stop_all()."""
        return await self._all("stop_all", subtree, at_once)

    async def restart_all(self, subtree: Optional[Node] = None, *,
                    at_once: Optional[int] = None) -> Ordered:
        """As Client.restart_all()."""
        return await self._all("restart_all", subtree, at_once)

    async def wait(self, node: Node, *, until: str = "available",
             timeout: Optional[float] = None) -> Waited:
        """As Client.wait()."""
        return cast(Waited, await self.call("wait", {"id": node, "for": until,
                                               **given(timeout_ms=milliseconds(timeout))}))

    async def ping(self, node: Node) -> bool:
        """As Client.ping()."""
        return bool((await self.call("ping", {"id": node}))["available"])

    async def pingall(self) -> List[int]:
        """As Client.pingall()."""
        return cast(List[int], (await self.call("pingall"))["unavailable"])

    # What there is.

    async def hello(self) -> Hello:
        """As Client.hello()."""
        return cast(Hello, await self.call("hello"))

    async def tree(self) -> List[NodeStatus]:
        """As Client.tree()."""
        return cast(List[NodeStatus], (await self.call("tree"))["nodes"])

    async def status(self, node: Node) -> NodeStatus:
        """As Client.status()."""
        return cast(NodeStatus, await self.call("status", {"id": node}))

    async def daemon(self) -> DaemonStatus:
        """As Client.daemon()."""
        return cast(DaemonStatus, await self.call("status"))

    async def services(self) -> List[Service]:
        """As Client.services()."""
        return cast(List[Service], (await self.call("services"))["services"])

    async def logs(self, node: Node, *, lines: Optional[int] = None,
             since_ms: Optional[int] = None, after: Optional[int] = None,
             wait: Optional[float] = None) -> Logs:
        """As Client.logs()."""
        return cast(Logs, await self.call("logs", {"id": node, **given(
            lines=lines, since_ms=since_ms, after=after, wait_ms=milliseconds(wait))}))

    async def diagnose(self, node: Optional[Node] = None) -> Dict[str, Any]:
        """As Client.diagnose()."""
        return cast(Dict[str, Any], await self.call("diagnose", given(id=node)))

    async def slow(self) -> Dict[str, Any]:
        """As Client.slow()."""
        return cast(Dict[str, Any], await self.call("slow"))

    async def metrics(self) -> Dict[str, Any]:
        """As Client.metrics()."""
        return cast(Dict[str, Any], await self.call("metrics"))

    async def node_metrics(self, node: Optional[Node] = None) -> List[Dict[str, Any]]:
        """As Client.node_metrics()."""
        rows: List[Dict[str, Any]] = []
        after: Optional[int] = None
        while True:
            result = await self.call("node_metrics", given(id=node, after=after))
            rows += result["nodes"]
            after = result["next"]
            if after is None:
                return rows

    async def discover(self) -> Dict[str, Any]:
        """As Client.discover()."""
        return cast(Dict[str, Any], await self.call("rpc.discover"))

    # The daemon.

    async def heartbeat(self, interval: float) -> None:
        """As Client.heartbeat()."""
        await self.call("heartbeat", {"interval_ms": milliseconds(interval)})

    async def reload(self, *, dry_run: bool = False, prune: bool = False) -> Dict[str, Any]:
        """As Client.reload()."""
        return cast(Dict[str, Any], await self.call("reload", {"dry_run": dry_run, "prune": prune}))

    async def shutdown(self) -> None:
        """As Client.shutdown()."""
        await self.call("shutdown")
