"""Compares the tree before and after: the same nodes, where they were or have been moved to, all
available, one process each and no other; the same number of descriptors, but for the links of those
that were moved, of sockets and directories; and about the same memory."""

# KiB that a process may have grown by, above half of what it had.
GROWTH = 8192


def judge(history):
    begin, end = history.trees.get("begin"), history.trees.get("end")
    if not begin or not end:
        history.wrong("no end", "the tree was not measured before and after")
        return
    nodes = end["nodes"]
    history.count("nodes", len(nodes))
    same(history, "moved", places(begin["nodes"]) | history.moved, places(nodes))
    same(history, "not available", {}, {node: row["state"] for node, row in nodes.items()
                                        if row["state"] != "available"})
    same(history, "not available", [], end["unavailable"])
    same(history, "linked elsewhere", {}, {node: row["link"] for node, row in nodes.items()
                                           if row["link"] != row["parent"]})
    pids = [row["pid"] for row in nodes.values()] + [end["daemon"]]
    same(history, "processes", sorted(pids), sorted(end["family"]))
    same(history, "processes", len(pids), len(set(pids)))
    for what in ("programs", "sockets", "directories"):
        same(history, what, begin[what], end[what])
    same(history, "descriptors", besides_links(begin), besides_links(end))
    if not history.options["sanitized"]:
        memory(history, begin["memory"], end["memory"])


def places(nodes):
    return {node: row["parent"] for node, row in nodes.items()}


def besides_links(tree):
    """Descriptors of each process without those of its children's links: one each."""
    children = [str(row["parent"]) for row in tree["nodes"].values()]
    return {node: count - children.count(node) for node, count in tree["descriptors"].items()}


def same(history, kind, wanted, found):
    """Of a table only what differs is said."""
    if isinstance(wanted, dict):
        keys = [key for key in wanted | found if wanted.get(key) != found.get(key)]
        wanted, found = ({key: table.get(key) for key in keys} for table in (wanted, found))
    if wanted != found:
        history.wrong(kind, f"{found} and not {wanted}")


def memory(history, before, after):
    for node, size in before.items():
        if after.get(node, 0) > size * 1.5 + GROWTH:
            history.wrong("memory", f"node {node}: {after[node]} KiB, and {size} before")
    history.totals["KiB of dtreed"] = f"{after['-1']}, and {before['-1']} before"
