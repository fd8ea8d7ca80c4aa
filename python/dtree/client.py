"""The blocking client."""

from __future__ import annotations

from itertools import islice
from typing import (Any, BinaryIO, Dict, Iterable, List, Mapping, Optional, Union, cast, overload)

from ._blocking import Connection
from ._blocking_streams import Stream, Subscription
from ._core import OnProgress, read_result
from ._params import (SMALL, SMALL_COUNT, Argument, after as after_words, argument, arguments,
                      exec_params, fits, given, milliseconds, read_all, read_reduced)
from ._pending import Pending
from .shapes import (AllResults, Changed, Created, DaemonStatus, Hello, Logs, Node, NodeStatus,
                     Ordered, Reduced, Result, Service, Started, Waited)

__all__ = ["Client", "Pending", "Stream", "Subscription"]

# Standard input: bytes, a binary file, or pieces as they come.
Input = Union[bytes, BinaryIO, Iterable[bytes]]
_READ = 64 << 10
# Arguments that are taken at once from what gives them one by one.
_BATCH = 256


def pieces(source: Input) -> Iterable[bytes]:
    """An input in pieces."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return [bytes(source)]
    if hasattr(source, "read"):
        return iter(lambda: cast(BinaryIO, source).read(_READ), b"")
    return source


class Client(Connection):
    """A client of a dtreed. Each call sends one request and waits for its reply; send() and submit()
    do not wait, and any number up to 1000 may be under way.

    It connects with the first request, and anew with the first one after a loss. No request is ever
    sent twice: what was under way ends with Lost, whose outcome says whether it may have run.

    A client belongs to one thread at a time (RuntimeError for another one) and to the process that
    made it. No thread is started and no signal is touched. Replies and events are read by the calls
    that wait for some, in this thread; callbacks run there too and may call the client.

    Times are in seconds. A node is an id, or "@" and its name. Every method raises DtreeError: Lost,
    NoDaemon, Busy, Unreachable and Timeout as the connection has it; Denied where the user's role
    does not suffice; and those that are named with it.
    """

    # Requests to services.

    def submit(self, node: Node, *args: Argument, timeout: Optional[float] = None,
               unordered: bool = False, progress: Optional[OnProgress] = None,
               traceparent: Optional[str] = None) -> Pending[Result]:
        """As exec(), and does not wait: Pending.result() does. At most 64 KiB and 4096 arguments:
        Invalid for more."""
        return self._submit({"id": node}, arguments(args), timeout, unordered, progress,
                            traceparent)

    def submit_any(self, group: str, *args: Argument, timeout: Optional[float] = None,
                   unordered: bool = False, progress: Optional[OnProgress] = None,
                   traceparent: Optional[str] = None) -> Pending[Result]:
        """As exec_any(), and does not wait."""
        return self._submit({"group": group}, arguments(args), timeout, unordered, progress,
                            traceparent)

    def _submit(self, target: Mapping[str, Any], args: List[str], timeout: Optional[float],
                unordered: bool, progress: Optional[OnProgress],
                traceparent: Optional[str]) -> Pending[Result]:
        params = exec_params(target, args, timeout, unordered, progress is not None)
        return self.send("exec", params, convert=read_result, progress=progress,
                         traceparent=traceparent)

    def exec(self, node: Node, *args: Argument, timeout: Optional[float] = None,
             unordered: bool = False, progress: Optional[OnProgress] = None,
             traceparent: Optional[str] = None) -> Result:
        """Asks a node's service. Arguments that are too large for one request go as a stream.

        timeout: dtreed's time for it, in place of the configured one.
        unordered: it is answered when it is ready, in no order with others.
        progress: called with each Progress that the program tells.
        traceparent: the trace that it belongs to, as of W3C Trace Context.

        NotFound, NodeUnavailable, ServiceError, LimitExceeded, Cancelled.
        """
        return self._exec({"id": node}, args, timeout, unordered, progress, traceparent)

    def exec_any(self, group: str, *args: Argument, timeout: Optional[float] = None,
                 unordered: bool = False, progress: Optional[OnProgress] = None,
                 traceparent: Optional[str] = None) -> Result:
        """Asks the available node of a group with the least to do; Result.node says which, and
        DtreeError.node. The rest as exec()."""
        return self._exec({"group": group}, args, timeout, unordered, progress, traceparent)

    def exec_many(self, node: Node, args: Iterable[Argument], *, timeout: Optional[float] = None,
                  progress: Optional[OnProgress] = None) -> Result:
        """As exec(), with arguments that are taken one by one as there is room for them: any
        number of them, in bounded memory."""
        return self._exec({"id": node}, args, timeout, False, progress, None)

    def _exec(self, target: Mapping[str, Any], args: Iterable[Argument], timeout: Optional[float],
              unordered: bool, progress: Optional[OnProgress],
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
            return self._finish(self._submit(target, first, timeout, unordered, progress,
                                             traceparent))
        with self._feeder(exec_params(target, [], timeout, unordered, progress is not None), [],
                          False, progress, given(traceparent=traceparent)) as stream:
            stream.add(*first)
            while batch := list(islice(more, _BATCH)):
                stream.add(*batch)
            return stream.close()

    def exec_stream(self, node: Node, *args: Argument, stdin: bool = False,
                    timeout: Optional[float] = None, progress: Optional[OnProgress] = None,
                    traceparent: Optional[str] = None) -> Stream:
        """Begins an exec whose arguments, or with stdin=True whose standard input, are given in
        pieces to the Stream. With stdin the service must be a program that is run for each request
        (protocol = run), and runs from now on. Errors are raised by the stream."""
        params = exec_params({"id": node}, [], timeout, False, progress is not None)
        stream = self._feeder(params, arguments(args) if stdin else [], stdin, progress,
                              given(traceparent=traceparent))
        if not stdin:
            stream.add(*args)
        return stream

    def exec_input(self, node: Node, *args: Argument, stdin: Input,
                   timeout: Optional[float] = None,
                   progress: Optional[OnProgress] = None) -> Result:
        """Runs the node's program as a filter: stdin, which may be bytes, a binary file or an
        iterable of bytes, goes in, and Result.raw comes out. Errors as of exec(); ServiceError.status
        is the program's exit status."""
        with self.exec_stream(node, *args, stdin=True, timeout=timeout,
                              progress=progress) as stream:
            for piece in pieces(stdin):
                if stream.ended:
                    break
                stream.write(piece)
            return stream.close()

    @overload
    def exec_all(self, *args: Argument, subtree: Optional[Node] = None,
                 timeout: Optional[float] = None) -> AllResults: ...

    @overload
    def exec_all(self, *args: Argument, reduce: str, subtree: Optional[Node] = None,
                 timeout: Optional[float] = None) -> Reduced: ...

    def exec_all(self, *args: Argument, reduce: Optional[str] = None,
                 subtree: Optional[Node] = None,
                 timeout: Optional[float] = None) -> Union[AllResults, Reduced]:
        """Asks every node, or `subtree` and all below it. reduce: "count", "sum", "min" or "max";
        without it all results are listed. Nodes that fail are listed as errors. NotFound,
        LimitExceeded, ServiceError if a sum needs more than 64 bits."""
        params = {"args": arguments(args), **given(subtree=subtree, reduce=reduce,
                                                   timeout_ms=milliseconds(timeout))}
        result = self.call("exec_all", params)
        return read_all(result) if reduce in (None, "list") else read_reduced(result)

    # Nodes.

    def create(self, node: int, parent: Optional[Node] = None, *, service: Optional[str] = None,
               restart: Optional[str] = None, name: Optional[str] = None,
               group: Optional[str] = None, on_hang: Optional[str] = None,
               hang_timeout: Optional[float] = None,
               after: Optional[Iterable[Node]] = None) -> Created:
        """Starts a node; answered when it has joined the tree.

        parent: a node, or -1 for the controller, which is the default.
        restart: "no", "on-failure" or "always".
        on_hang: "report" or "restart", when it is silent for hang_timeout.
        after: nodes that must be available before it is started.
        What is missing is as the tree has it.

        AlreadyExists, NameTaken, ParentNotFound, ParentUnavailable, NodeUnavailable, NotFound,
        LimitExceeded, InvalidParams.
        """
        return cast(Created, self.call("create", {"id": node, **given(
            parent=parent, service=service, restart=restart, name=name, group=group,
            on_hang=on_hang, hang_timeout_ms=milliseconds(hang_timeout),
            after=after_words(after))}))

    def change(self, node: Node, *, parent: Optional[Node] = None, restart: Optional[str] = None,
               name: Optional[str] = None, group: Optional[str] = None,
               on_hang: Optional[str] = None, hang_timeout: Optional[float] = None,
               after: Optional[Iterable[Node]] = None) -> Changed:
        """Gives a node that is there other settings, while it runs. An empty restart, name, group or
        on_hang, a hang_timeout of 0 and an empty list take away what it has. ParentNotFound,
        NameTaken, NotFound, InvalidParams."""
        return cast(Changed, self.call("change", {"id": node, **given(
            parent=parent, restart=restart, name=name, group=group, on_hang=on_hang,
            hang_timeout_ms=milliseconds(hang_timeout), after=after_words(after))}))

    def kill(self, node: Node) -> List[int]:
        """Removes a node and all below it, with their data; gives their ids. NotFound."""
        return cast(List[int], self.call("kill", {"id": node})["removed"])

    def start(self, node: Node) -> Started:
        """Starts a dead, stopped or given up node again. NotFound, AlreadyRunning."""
        return cast(Started, self.call("start", {"id": node}))

    def stop(self, node: Node) -> None:
        """Ends a node's process in order, and keeps the node and its data. NotFound."""
        self.call("stop", {"id": node})

    def restart(self, node: Node) -> Started:
        """Stops a node, if it has a process, and starts it again. NotFound."""
        return cast(Started, self.call("restart", {"id": node}))

    def _all(self, method: str, subtree: Optional[Node], at_once: Optional[int]) -> Ordered:
        return cast(Ordered, self.call(method, given(subtree=subtree, at_once=at_once)))

    def start_all(self, subtree: Optional[Node] = None, *, at_once: Optional[int] = None) -> Ordered:
        """start() of every node, or of `subtree` and all below it, at_once (1 to 64) at a time."""
        return self._all("start_all", subtree, at_once)

    def stop_all(self, subtree: Optional[Node] = None, *, at_once: Optional[int] = None) -> Ordered:
        """stop() of them, leaves first."""
        return self._all("stop_all", subtree, at_once)

    def restart_all(self, subtree: Optional[Node] = None, *,
                    at_once: Optional[int] = None) -> Ordered:
        """restart() of them, leaves first, while they are used. Where one fails to start, the nodes
        in "left" are not begun."""
        return self._all("restart_all", subtree, at_once)

    def wait(self, node: Node, *, until: str = "available",
             timeout: Optional[float] = None) -> Waited:
        """Waits until a node is "available", "dead" or "removed". timeout: dtreed's time for it;
        None: no limit. TimedOut, NotFound."""
        return cast(Waited, self.call("wait", {"id": node, "for": until,
                                               **given(timeout_ms=milliseconds(timeout))}))

    def ping(self, node: Node) -> bool:
        """Is it available? A round trip to its loop. NotFound."""
        return bool(self.call("ping", {"id": node})["available"])

    def pingall(self) -> List[int]:
        """The ids of all nodes that are not available, ascending."""
        return cast(List[int], self.call("pingall")["unavailable"])

    # What there is.

    def hello(self) -> Hello:
        """The daemon, and this user's role."""
        return cast(Hello, self.call("hello"))

    def tree(self) -> List[NodeStatus]:
        """Every node, parents before their children."""
        return cast(List[NodeStatus], self.call("tree")["nodes"])

    def status(self, node: Node) -> NodeStatus:
        """One node, as in tree(). NotFound."""
        return cast(NodeStatus, self.call("status", {"id": node}))

    def daemon(self) -> DaemonStatus:
        """The daemon's numbers and settings."""
        return cast(DaemonStatus, self.call("status"))

    def services(self) -> List[Service]:
        """What a node may run."""
        return cast(List[Service], self.call("services")["services"])

    def logs(self, node: Node, *, lines: Optional[int] = None,
             since_ms: Optional[int] = None, after: Optional[int] = None,
             wait: Optional[float] = None) -> Logs:
        """What a node's program has said on standard error: at most so many of the newest `lines`,
        none older than since_ms (milliseconds since 1970), none up to the number `after`. wait: for
        how long one is waited for where there is none, at most 60. NotFound."""
        return cast(Logs, self.call("logs", {"id": node, **given(
            lines=lines, since_ms=since_ms, after=after, wait_ms=milliseconds(wait))}))

    def diagnose(self, node: Optional[Node] = None) -> Dict[str, Any]:
        """How the links to a node are, or all; the members are as of dtree-protocol(7). NotFound."""
        return cast(Dict[str, Any], self.call("diagnose", given(id=node)))

    def slow(self) -> Dict[str, Any]:
        """The slowest requests and the newest slow ones, with each step, as of
        dtree-protocol(7)."""
        return cast(Dict[str, Any], self.call("slow"))

    def metrics(self) -> Dict[str, Any]:
        """What dtreed counts, as of dtree-protocol(7)."""
        return cast(Dict[str, Any], self.call("metrics"))

    def node_metrics(self, node: Optional[Node] = None) -> List[Dict[str, Any]]:
        """The same of one node, or of each, as of dtree-protocol(7). NotFound."""
        rows: List[Dict[str, Any]] = []
        after: Optional[int] = None
        while True:
            result = self.call("node_metrics", given(id=node, after=after))
            rows += result["nodes"]
            after = result["next"]
            if after is None:
                return rows

    def discover(self) -> Dict[str, Any]:
        """Every method, as an OpenRPC document."""
        return cast(Dict[str, Any], self.call("rpc.discover"))

    # The daemon.

    def heartbeat(self, interval: float) -> None:
        """Sets the interval in which every node shows that it is alive."""
        self.call("heartbeat", {"interval_ms": milliseconds(interval)})

    def reload(self, *, dry_run: bool = False, prune: bool = False) -> Dict[str, Any]:
        """Has the configuration read again; gives what was changed, or with dry_run would be, as of
        dtree-protocol(7). prune: nodes that are declared no longer are removed.
        BadConfiguration."""
        return cast(Dict[str, Any], self.call("reload", {"dry_run": dry_run, "prune": prune}))

    def shutdown(self) -> None:
        """Ends the tree and the daemon, in order."""
        self.call("shutdown")
