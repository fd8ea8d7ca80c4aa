#!/usr/bin/python3
"""What some nodes of a run serve in place of a dictionary, and answer as that does: NAME reads,
NAME VALUE writes. Each value is written by one request only, so one that comes a second time was run
twice: that is an error, which the checker takes from nobody."""
import json
import os
import sqlite3
import sys

db = sqlite3.connect(os.path.join(os.environ["DTREE_STATE_DIR"], "counting.db"),
                     isolation_level=None)
# Processes are killed here, and no machine.
db.execute("PRAGMA synchronous = OFF")
db.execute("CREATE TABLE IF NOT EXISTS latest (name TEXT PRIMARY KEY, value INTEGER)")
db.execute("CREATE TABLE IF NOT EXISTS ran (value INTEGER PRIMARY KEY)")


def read(name):
    row = db.execute("SELECT value FROM latest WHERE name = ?", (name,)).fetchone()
    return str(row[0]) if row else f"'{name}' not found"


def write(name, value):
    db.execute("BEGIN IMMEDIATE")
    try:
        db.execute("INSERT INTO ran VALUES (?)", (int(value),))
        db.execute("INSERT OR REPLACE INTO latest VALUES (?, ?)", (name, int(value)))
    except sqlite3.IntegrityError:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


for line in sys.stdin:
    request = json.loads(line)
    if "id" not in request:
        continue
    args = request["params"]["args"]
    try:
        reply = {"result": write(*args) if len(args) > 1 else read(*args)}
    except sqlite3.IntegrityError:
        reply = {"error": {"code": 1, "message": f"{args} was run before"}}
    print(json.dumps({"jsonrpc": "2.0", "id": request["id"], **reply}), flush=True)
