"""The JSON Schemas of rpc.discover: each reply, event and progress that a test receives is checked.

tests/support/describe, which make check builds, prints the document. Where it was not built, as in an
installation that is looked at alone, nothing is checked; scenario/schemas.py fails then."""

import functools
import json
import os
import subprocess

# What the validator knows; a schema that says anything else is an error.
KEYWORDS = {"type", "enum", "minimum", "maximum", "items", "properties", "required",
            "additionalProperties", "anyOf"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def is_of(value, kind):
    """Is it of that type? True and False are no numbers, and 1.0 is an integer, as JSON Schema has
    it."""
    if kind in TYPES:
        return isinstance(value, TYPES[kind])
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and (kind == "number" or kind == "integer" and value == int(value))


def problem(schema, value, at="it"):
    """What is wrong with the value, in words; None: nothing."""
    if unknown := set(schema) - KEYWORDS:
        raise ValueError(f"the schema of {at} says {sorted(unknown)}")
    types = schema.get("type", [])
    types = types if isinstance(types, list) else [types]
    if types and not any(is_of(value, kind) for kind in types):
        return f"{at} is no {' or '.join(types)}: {value!r}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{at} is none of {schema['enum']}: {value!r}"
    if is_of(value, "number"):
        if value < schema.get("minimum", value) or value > schema.get("maximum", value):
            return f"{at} is out of bounds: {value!r}"
    wrong = None
    if isinstance(value, list) and "items" in schema:
        for index, item in enumerate(value):
            wrong = wrong or problem(schema["items"], item, f"{at}[{index}]")
    if isinstance(value, dict):
        wrong = wrong or problem_of_object(schema, value, at)
    if "anyOf" in schema and not wrong:
        found = [problem(one, value, at) for one in schema["anyOf"]]
        wrong = None if None in found else "; ".join(found)
    return wrong


def problem_of_object(schema, value, at):
    for name in schema.get("required", []):
        if name not in value:
            return f"{at} has no {name}: {value!r}"
    known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    for name, member in value.items():
        if name in known:
            wrong = problem(known[name], member, f"{at}.{name}")
        elif isinstance(others, dict):
            wrong = problem(others, member, f"{at}.{name}")
        else:
            wrong = None if others else f"{at} has an unknown member {name}: {member!r}"
        if wrong:
            return wrong
    return None


@functools.lru_cache(maxsize=None)
def document():
    """What rpc.discover of this build answers; None: describe was not built."""
    path = os.path.join(os.environ.get("DTREE_BUILDDIR") or os.getcwd(), "tests/support/describe")
    if not os.path.exists(path):
        return None
    return json.loads(subprocess.run([path], capture_output=True, check=True).stdout)


@functools.lru_cache(maxsize=None)
def methods():
    """The schema of each method's result."""
    return {method["name"]: method["result"]["schema"] for method in document()["methods"]}


@functools.lru_cache(maxsize=None)
def events():
    """The schema of each event's params."""
    return {event["name"]: event["schema"] for event in document()["x-events"]}


def check(what, schema, value):
    if wrong := problem(schema, value):
        raise ValueError(f"{what} is not as of its schema: {wrong}")


def check_reply(method, reply):
    if not document():
        return
    if "trace" in reply:
        check("a trace", document()["x-trace"], reply["trace"])
    if "error" in reply:
        check("an error", document()["x-error"], reply["error"])
    else:
        check(method, methods()[method], reply["result"])


def check_event(params):
    if document():
        check(params["type"], events()[params["type"]], params)


def check_progress(params):
    if document():
        check("progress", document()["x-progress"], params)
