"""The log of a run: a JSON object on each line, with `is`, what it tells of, and `t`, when, in
seconds of the monotonic clock. check_history.py says what it makes of each; the kinds:

run         the first line: how the run was made
open        a connection began: conn
call        a request leaves: conn, id, node, name; value, where it is a write
answer      a reply came: conn, id; result, or error and its outcome
junk        a line came that is no reply: conn, text
closed      a connection ended: conn; by: "client" (it hung up), "daemon", "end" (of the run)
fault       something is done to the tree: kind, nodes, pids
remade      nodes, that were killed by order and created again between begin and t
moved       node, to parent, by order
frozen      dtreed was stopped from begin to t
outage      dtreed was dead, or ending, from begin to t
tree        what there is, at the `begin` and at the `end`: see measure.py
end         the last line
"""

import json
import threading
import time


class Record:
    """Threads share it."""

    def __init__(self, path):
        self.path = path
        self.file = open(path, "w", encoding="utf-8")
        self.lock = threading.Lock()

    def write(self, what, t=None, **fields):
        """One line; t is now where it is not said."""
        self.lines([{"is": what, "t": time.monotonic() if t is None else t, **fields}])

    def lines(self, rows):
        """Rows that have `is` and `t` already, together."""
        text = "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)
        with self.lock:
            self.file.write(text)

    def close(self):
        self.file.close()
