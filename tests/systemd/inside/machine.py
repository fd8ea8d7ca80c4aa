"""What the tests share that run where systemd is process 1: commands, the unit, its journal."""

import json
import os
import shutil
import subprocess
import time
import unittest

TIMEOUT = 30 * float(os.environ.get("DTREE_TEST_SLOW") or 1)
DROP_INS = "/etc/systemd/system/dtreed.service.d"
SHIPPED = "/usr/share/doc/dtree/dtreed.service.d"
CONFIG = "/etc/dtree/dtreed.conf"
SOCKET = "/run/dtree/control.sock"


def run(*command, check=True, stdin=None):
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=TIMEOUT,
                          input=stdin)
    if check and done.returncode:
        raise AssertionError(f"{command}: {done}")
    return done


def ctl(*args, check=True):
    return run("systemctl", "--no-pager", *args, check=check)


def prop(name, unit="dtreed"):
    return ctl("show", unit, "-p", name, "--value").stdout.strip()


def journal(*args, unit="dtreed"):
    return run("journalctl", "--no-pager", "-o", "short", "-u", unit, *args).stdout


def entries(*args):
    """Lines of the journal with their fields."""
    said = run("journalctl", "--no-pager", "-o", "json", "-u", "dtreed", *args).stdout
    return [json.loads(line) for line in said.splitlines()]


def wait_until(condition, what):
    end = time.monotonic() + TIMEOUT
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not in time: {what}: {journal()[-3000:]}")
        time.sleep(0.01)
    return value


def dtree(*args, socket=SOCKET, check=True):
    """What dtreectl says, less the last line end."""
    return run("dtreectl", "--socket", socket, *map(str, args), check=check).stdout.rstrip("\n")


def nodes(socket=SOCKET):
    """The nodes by id; None while nobody answers."""
    done = run("dtreectl", "--socket", socket, "--json", "tree", check=False)
    if done.returncode:
        return None
    return {node["id"]: node for node in json.loads(done.stdout)["nodes"]}


def pids(socket=SOCKET):
    table = nodes(socket)
    return table and {node: row["pid"] for node, row in table.items() if node != -1}


def says(answer, *args):
    """Waits until dtreectl says that."""
    wait_until(lambda: dtree(*args, check=False) == answer, f"{args}: {answer}")


def crash():
    """dtreed is killed; returns when another serves."""
    former = prop("MainPID")
    os.kill(int(former), 9)
    another_serves(former)


def another_serves(former):
    wait_until(lambda: prop("MainPID") not in ("0", former) and
               prop("ActiveState") == "active" and nodes(), "another dtreed serves")


def status_of(pid, name):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(line.split()[1] for line in file if line.startswith(name + ":"))


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read().strip()


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


class Case(unittest.TestCase):
    """Each test begins and ends with the unit as it was installed, and nothing of a tree."""

    def setUp(self):
        with open(CONFIG, encoding="ascii") as file:
            self.settings = file.read()

    def tearDown(self):
        ctl("disable", "--now", "dtreed.socket", check=False)
        ctl("stop", "dtreed", check=False)
        ctl("kill", "-s", "KILL", "dtreed", check=False)
        ctl("reset-failed", check=False)
        run("rm", "-rf", DROP_INS, "/var/lib/dtree", "/run/dtree")
        write(CONFIG, self.settings)
        ctl("daemon-reload")

    def start(self, count=0, service="dict"):
        ctl("start", "dtreed")
        self.assertEqual(prop("ActiveState"), "active")
        for node in range(1, count + 1):
            dtree("create", node, "--service", service)
        return pids()

    def set(self, text):
        """What is said behind the settings that were installed."""
        write(CONFIG, self.settings + text)

    def drop_in(self, text, name="test"):
        write(f"{DROP_INS}/{name}.conf", text)
        ctl("daemon-reload")

    def shipped(self, *names):
        """Drop-ins that are installed as examples are put into force."""
        os.makedirs(DROP_INS, exist_ok=True)
        for name in names:
            shutil.copy(f"{SHIPPED}/{name}.conf", DROP_INS)
        ctl("daemon-reload")
