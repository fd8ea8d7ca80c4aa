"""Clients of dtreed, which keeps a tree of processes that answer requests.

Client blocks, AsyncClient is for asyncio; both have the same methods. Pool and AsyncPool spread many
requests over a group of nodes. Every failure is a DtreeError, with one class for each code. See
dtree-python(3) and dtree-protocol(7). Only Python's own library is needed.
"""

from ._link import socket_path
from .aio import AsyncClient, AsyncStream, AsyncSubscription
from .client import Client, Pending, Stream, Subscription
from .errors import (AlreadyExists, AlreadyRunning, BadConfiguration, Busy, Cancelled, Denied,
                     DtreeError, InternalError, Invalid, InvalidParams, InvalidRequest,
                     LimitExceeded, Lost, MethodNotFound, NameTaken, NoDaemon, NodeUnavailable,
                     NotFound, ParentNotFound, ParentUnavailable, ParseError, ServiceError,
                     TimedOut, Timeout, Unreachable)
from .pool import AsyncPool, Done, Pool
from .shapes import (AllResults, Changed, Created, DaemonStatus, Event, Hello, Line, Logs, Node,
                     NodeError, NodeStatus, Ordered, Probe, Program, Progress, Reduced, Result, Service,
                     Started, Waited)

__all__ = [
    "AllResults", "AlreadyExists", "AlreadyRunning", "AsyncClient", "AsyncPool", "AsyncStream",
    "AsyncSubscription", "BadConfiguration", "Busy", "Cancelled", "Changed", "Client", "Created",
    "DaemonStatus", "Denied", "Done", "DtreeError", "Event", "Hello", "InternalError", "Invalid",
    "InvalidParams", "InvalidRequest", "LimitExceeded", "Line", "Logs", "Lost", "MethodNotFound",
    "NameTaken", "NoDaemon", "Node", "NodeError", "NodeStatus", "NodeUnavailable", "NotFound",
    "Ordered", "ParentNotFound", "ParentUnavailable", "ParseError", "Pending", "Pool", "Probe", "Program",
    "Progress", "Reduced", "Result", "Service", "ServiceError", "Started", "Stream",
    "Subscription", "TimedOut", "Timeout", "Unreachable", "Waited", "socket_path",
]
