"""What there is: the row "tree" of the record. Nodes by their id, -1 is dtreed.

when         "begin" or "end"
daemon       pid
nodes        pid, parent, link, state
unavailable  ids
family       every process of the run but fork servers and programs
programs     how many programs of nodes run
descriptors  that each has open, but the timer that a node has once its program was busy
memory       that is resident, in KiB
sockets      of links
directories  of data
"""

import os

from lib import procs
from tree import is_program


def resident(pid):
    """KiB, 0 for a process that is gone."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            lines = [line.split() for line in file]
    except OSError:
        return 0
    return next((int(words[1]) for words in lines if words[0] == "VmRSS:"), 0)


def descriptors(pid):
    folder = f"/proc/{pid}/fd"
    count = 0
    try:
        for name in os.listdir(folder):
            count += os.readlink(f"{folder}/{name}") != "anon_inode:[timerfd]"
    except OSError:
        return 0
    return count


def measure(case, daemon, client):
    """`client` is the only connection. A process that is gone meanwhile has nothing."""
    nodes = {str(node): {what: row[what] for what in ("pid", "parent", "link", "state")}
             for node, row in client.nodes().items()}
    pids = {"-1": daemon.pid} | {node: row["pid"] for node, row in nodes.items() if row["pid"]}
    company = sorted(case.company())
    programs = [pid for pid in company if is_program(pid)]
    return {"daemon": daemon.pid, "nodes": nodes, "unavailable": client.unavailable(),
            "family": [pid for pid in company if pid not in programs], "programs": len(programs),
            "descriptors": {node: descriptors(pid) for node, pid in pids.items()},
            "memory": {node: resident(pid) for node, pid in pids.items()},
            "sockets": len(os.listdir(os.path.join(daemon.runtime, "links"))),
            "directories": len(os.listdir(os.path.join(daemon.base, "s", "nodes")))}


def settled(now, before):
    """Is everything back? Memory is judged elsewhere."""
    return (not now["unavailable"] and
            all(row["link"] == row["parent"] and row["state"] == "available"
                for row in now["nodes"].values()) and
            sorted([now["daemon"], *(row["pid"] for row in now["nodes"].values())])
            == now["family"] and
            all(now[what] == before[what]
                for what in ("programs", "descriptors", "sockets", "directories")))
