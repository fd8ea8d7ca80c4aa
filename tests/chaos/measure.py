"""What there is: the row "tree" of the record. Nodes by their id, -1 is dtreed.

when         "begin" or "end"
daemon       pid
nodes        pid, parent, link, state
unavailable  ids
family       every process of the run but fork servers
descriptors  that each has open
memory       that is resident, in KiB
sockets      of links
directories  of data
"""

import os

from lib import procs


def resident(pid):
    """KiB, 0 for a process that is gone."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            lines = [line.split() for line in file]
    except OSError:
        return 0
    return next((int(words[1]) for words in lines if words[0] == "VmRSS:"), 0)


def measure(case, daemon, client):
    """`client` is the only connection. A process that is gone meanwhile has nothing."""
    nodes = {str(node): {what: row[what] for what in ("pid", "parent", "link", "state")}
             for node, row in client.nodes().items()}
    pids = {"-1": daemon.pid} | {node: row["pid"] for node, row in nodes.items() if row["pid"]}
    return {"daemon": daemon.pid, "nodes": nodes, "unavailable": client.unavailable(),
            "family": sorted(case.company()),
            "descriptors": {node: procs.descriptors(pid) for node, pid in pids.items()},
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
                for what in ("descriptors", "sockets", "directories")))
