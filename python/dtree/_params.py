"""What a method's parameters are made of, and what is made of results. Pure."""

from __future__ import annotations

import math
from typing import Any, Dict, Iterable, List, Mapping, Optional, Union

from ._core import read_result
from ._feed import CHUNK, check_argument
from .errors import Lost
from .shapes import AllResults, Node, Reduced

# An argument of an exec: a number is written in decimal.
Argument = Union[str, int]
# What is sent as one exec; more goes as a stream.
SMALL = CHUNK
SMALL_COUNT = 4096


def given(**params: Any) -> Dict[str, Any]:
    """Those that are not None."""
    return {name: value for name, value in params.items() if value is not None}


def milliseconds(seconds: Optional[float]) -> Optional[int]:
    """Rounded up, so that nothing becomes 0."""
    return None if seconds is None else math.ceil(seconds * 1000)


def argument(value: Argument) -> str:
    """An argument as text. TypeError for what is neither text nor an integer."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise TypeError(f"an argument is a str or an int, not {type(value).__name__}")


def arguments(values: Iterable[Argument]) -> List[str]:
    """All of them as text."""
    return [argument(value) for value in values]


def fits(args: List[str]) -> bool:
    """May they be sent as one exec?"""
    return len(args) <= SMALL_COUNT and sum(len(check_argument(arg)) + 1 for arg in args) <= SMALL


def after(nodes: Optional[Iterable[Node]]) -> Optional[str]:
    """Nodes as `after` takes them."""
    return None if nodes is None else ",".join(str(node) for node in nodes)


def exec_params(target: Mapping[str, Any], args: List[str], timeout: Optional[float],
                unordered: bool, progress: bool) -> Dict[str, Any]:
    """Those of exec, and of exec_open."""
    return {**target, "args": args,
            **given(timeout_ms=milliseconds(timeout), unordered=unordered or None,
                    progress=progress or None)}


def read_all(result: Mapping[str, Any]) -> AllResults:
    """The list that exec_all gives."""
    return AllResults([read_result(row) for row in result["results"]], list(result["errors"]))


def read_reduced(result: Mapping[str, Any]) -> Reduced:
    """Any other reduction."""
    value = result["reduced"]
    try:
        return Reduced(None if value is None else int(value), int(result["count"]),
                       list(result["errors"]))
    except (KeyError, TypeError, ValueError):
        raise Lost(f"a result that cannot be read: {str(dict(result))[:200]}") from None
