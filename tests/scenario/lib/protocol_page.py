"""The members that dtree-protocol(7) names: each reply and event that a test receives is checked,
so that no member is sent which the page does not describe."""

import os
import re

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../man/dtree-protocol.7")
# Results that the page describes by naming another method or specification.
AS_IN = {"status": ("tree",), "start_all": ("exec_all",), "stop_all": ("exec_all",),
         "restart_all": ("exec_all",)}
ELSEWHERE = ("rpc.discover",)
# Members of an example, and words in the page's own list of members.
MEMBER = re.compile(r'"(\w+)":')
NAMED = re.compile(r"^\.(?:It )?(?:Cm|Pq Cm|Li) (.*)$")
WORD = re.compile(r"\w[\w.]*")


def sections():
    """The lines of each section, by its name."""
    table, lines = {}, []
    with open(PAGE, encoding="utf-8") as file:
        for line in file.read().split("\n"):
            if line.startswith((".Sh ", ".Ss ")):
                lines = table.setdefault(line[4:], [])
            else:
                lines.append(line)
    return table


def items(lines):
    """The items of a section's outer lists: their head, and the lines below. Consecutive heads
    share the lines below the last."""
    found, depth, heads = [], 0, []
    for line in lines:
        depth += line.startswith(".Bl")
        if line.startswith(".It ") and depth == 1:
            if not heads or heads[0][1]:
                heads = []
            body = heads[0][1] if heads else []
            heads.append((line[4:], body))
            found.append(heads[-1])
        elif heads:
            heads[0][1].append(line)
        depth -= line.startswith(".El")
    return found


def names(lines):
    """The members that lines name."""
    found = set()
    for line in lines:
        found.update(MEMBER.findall(line))
        if macro := NAMED.match(line):
            found.update(WORD.findall(macro[1]))
    return found


def tables():
    """The members of each method's result, of each event's params, and of an error."""
    page = sections()
    methods = {head.split()[1]: names(body) for head, body in items(page["METHODS"])}
    for method, others in AS_IN.items():
        methods[method] = methods[method].union(*(methods[other] for other in others))
    always = {"subscription", "seq", "time", "type"} & names(page["EVENTS"])
    events = {head.split()[1]: always | set(WORD.findall(head.partition("Pq")[2]))
              for head, _ in items(page["EVENTS"])}
    # What is said of all events of nodes, above the list.
    for words in events.values():
        words |= {"name"} & names(page["EVENTS"]) if "id" in words else set()
    return methods, events, names(page["Replies"] + page["ERROR CODES"]), names(page["Traces"])


METHODS, EVENTS, ERRORS, TRACES = tables()


def members(value):
    """The names of all members in a JSON value."""
    if isinstance(value, dict):
        return set(value).union(*map(members, value.values()))
    if isinstance(value, list):
        return set().union(*map(members, value))
    return set()


def check(what, value, described):
    if unknown := members(value) - described:
        raise ValueError(f"dtree-protocol(7) does not describe {sorted(unknown)} of {what}")


def check_reply(method, reply):
    if trace := reply.get("trace"):
        # The names in its shares are kinds.
        check("a trace", trace | {"shares": None}, TRACES)
    if "error" in reply:
        error = dict(reply["error"])
        # The data of a program's own error is what it likes.
        error["data"] = {name: value for name, value in error.get("data", {}).items()
                         if name != "data"}
        check("an error", error, ERRORS)
    elif method not in ELSEWHERE:
        check(method, reply["result"], METHODS.get(method, set()))


def check_event(params):
    # The data of a program's own event are what it likes.
    known = {name: None if name == "data" else value for name, value in params.items()}
    check(params["type"], known, EVENTS.get(params["type"], set()))
