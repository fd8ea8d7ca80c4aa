#!/usr/bin/python3
"""A JSON service with a state that outlives it: `add NAME N` and `get NAME`, kept in SQLite in the
node's own directory. An answer is given when the change is on disk."""
import json
import os
import sqlite3
import sys

db = sqlite3.connect(os.path.join(os.environ["DTREE_STATE_DIR"], "counter.db"))
db.execute("CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER)")


def answer(command, name, step="0"):
    if command not in ("add", "get"):
        raise ValueError(f"there is no command {command}")
    with db:
        db.execute("INSERT INTO counter VALUES (?, ?) ON CONFLICT (name) DO UPDATE "
                   "SET value = value + excluded.value", (name, int(step)))
    return db.execute("SELECT value FROM counter WHERE name = ?", (name,)).fetchone()[0]


for line in sys.stdin:
    request = json.loads(line)
    try:
        reply = {"result": answer(*request["params"]["args"])}
    except (ValueError, TypeError) as error:
        reply = {"error": {"code": 1, "message": str(error)}}
    print(json.dumps({"jsonrpc": "2.0", "id": request["id"], **reply}), flush=True)
