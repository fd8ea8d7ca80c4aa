"""The shapes of what dtreed answers. dtree-protocol(7), METHODS, describes each member; members that
are not always there are in a class whose name ends in Some."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, TypedDict, Union

# A node: its id, or "@" and its name.
Node = Union[int, str]


@dataclass(frozen=True)
class Result:
    """What a node's service answered.

    node: the id of the node that did.
    raw: its bytes; None where the service has no result.
    """

    node: int
    raw: Optional[bytes]

    @property
    def text(self) -> Optional[str]:
        """The result as text; None where there is none. UnicodeDecodeError if it is no UTF-8."""
        return None if self.raw is None else self.raw.decode()


@dataclass(frozen=True)
class Progress:
    """How far a request has come, as the service's program says it. total: 0 if not known."""

    done: float
    total: float
    text: str


@dataclass(frozen=True)
class Event:
    """What has happened in the tree; dtree-protocol(7), EVENTS, has the types and their members.

    type: for example "node_died".
    seq: its number in this life of dtreed, from 1.
    time: when, in UTC.
    id, name: of its node; None if it is about none, or that has no name.
    fields: all other members.
    """

    type: str
    seq: int
    time: datetime.datetime
    id: Optional[int] = None
    name: Optional[str] = None
    fields: Dict[str, Any] = field(default_factory=dict)


class Hello(TypedDict):
    name: str
    version: str
    protocol: int
    topology: str
    service: str
    node: int
    pid: int
    role: str


class Created(TypedDict):
    id: int
    pid: int
    parent: int


class Started(TypedDict):
    id: int
    pid: int


class ChangedSome(TypedDict, total=False):
    parent: int


class Changed(ChangedSome):
    id: int
    changed: List[str]


class WaitedSome(TypedDict, total=False):
    pid: int


class Waited(WaitedSome):
    id: int


class ProgramSome(TypedDict, total=False):
    pid: int
    age_ms: int
    cause: str
    retry_ms: int


class Program(ProgramSome):
    state: str
    running: int
    restarts: int


class ProbeSome(TypedDict, total=False):
    passed_ms: int
    failures: int
    message: str


class Probe(ProbeSome):
    state: str
    since_ms: int


class NodeSome(TypedDict, total=False):
    on_hang: str
    hang_timeout_ms: int
    after: List[int]
    waits_for: List[int]
    outdated: bool
    name: str
    group: str
    cause: str
    retry_ms: int
    program: Program
    probe: Probe


class NodeStatus(NodeSome):
    id: int
    parent: int
    link: int
    pid: Optional[int]
    state: str
    service: str
    depth: int
    incarnation: int
    age_ms: int
    requests: int
    pending: int
    restart: str
    restarts: int
    declared: str


class DaemonSome(TypedDict, total=False):
    declared_in: str


class DaemonStatus(DaemonSome):
    pid: int
    version: str
    topology: str
    service: str
    heartbeat_ms: int
    request_timeout_ms: int
    nodes: int
    unavailable: int
    outdated: int
    max_nodes: int
    pending: int
    clients: int
    denied: int
    uptime_ms: int


class Service(TypedDict):
    name: str
    kind: str
    summary: Optional[str]
    usage: str
    origin: Optional[str]


class NodeErrorSome(TypedDict, total=False):
    outcome: str
    retry_ms: int


class NodeError(NodeErrorSome):
    id: int
    code: int
    name: str
    message: str


class OrderedSome(TypedDict, total=False):
    left: List[int]


class Ordered(OrderedSome):
    """results: a row {"id"} for each node, with its "pid" where it was started."""
    results: List[Dict[str, int]]
    errors: List[NodeError]


class LineSome(TypedDict, total=False):
    cut: bool


class Line(LineSome):
    number: int
    time: str
    pid: int
    text: str


class Logs(TypedDict):
    id: int
    lines: List[Line]
    last: int
    missed: int


@dataclass(frozen=True)
class AllResults:
    """What exec_all() gathered: both lists ascend by id."""

    results: List[Result]
    errors: List[NodeError]


@dataclass(frozen=True)
class Reduced:
    """What exec_all(reduce=...) gathered. value: None if no node has a number; count: how many
    nodes it is of."""

    value: Optional[int]
    count: int
    errors: List[NodeError]
