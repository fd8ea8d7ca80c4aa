"""bpftrace with the scripts of probes/, where the kernel lets it."""

import functools
import os
import shutil
import signal
import subprocess
from unittest import mock

from lib import manual
from lib.programs import dtree_worker_path, dtreed_path
from lib.waiting import TIMEOUT, wait_until

# The file system of traces is mounted for the tracer alone.
INSIDE = ["unshare", "-m", "sh", "-c",
          'test -e /sys/kernel/tracing/events || mount -t tracefs tracefs /sys/kernel/tracing && '
          'exec bpftrace -B line "$@"', "bpftrace"]


def own_programs(case):
    """What is traced is a file, in every process that runs it: from here on the test runs copies that
    no other test runs."""
    for name, path in (("DTREED", dtreed_path()), ("DTREE_WORKER", dtree_worker_path())):
        copy = os.path.join(case.dir, os.path.basename(path))
        shutil.copy(path, copy)
        case.env[name] = copy
        change = mock.patch.dict(os.environ, {name: copy})
        change.start()
        case.addCleanup(change.stop)


def script_text(name):
    """A script as it is installed, or as it would be, for the programs of the test."""
    if prefix := os.environ.get("DTREE_PREFIX"):
        with open(os.path.join(prefix, "share/dtree/probes", name), encoding="utf-8") as file:
            text = file.read()
        sbin, libexec = os.path.join(prefix, "sbin"), os.path.join(prefix, "libexec/dtree")
    else:
        text = manual.read(f"probes/{name}")
        sbin, libexec = "@sbindir@", "@pkglibexecdir@"
    return (text.replace(f"{sbin}/dtreed", dtreed_path())
            .replace(f"{libexec}/dtree-worker", dtree_worker_path()))


@functools.cache
def refused():
    """Why nothing can be traced here; "" if it can."""
    try:
        done = subprocess.run([*INSIDE, "-e", f"usdt:{dtreed_path()}:dtree:request_start {{ exit(); }}"
                                              " interval:ms:1 { exit(); }"],
                              capture_output=True, text=True, check=False, timeout=TIMEOUT)
    except FileNotFoundError as missing:
        return str(missing)
    said = (done.stderr.strip() or done.stdout.strip() or "it fails").splitlines()[-1]
    return said if done.returncode else ""


class Tracer:
    """A script that has looked on since this was made."""

    def __init__(self, case, name, *args):
        path = case.fresh("script") + ".bt"
        with open(path, "w", encoding="utf-8") as file:
            file.write(script_text(name))
        self.path = case.fresh("traced")
        with open(self.path, "wb") as out:
            # The others attach meanwhile; see attached().
            self.process = subprocess.Popen([*INSIDE, path, *map(str, args)], env=case.env,
                                            stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        case.addCleanup(self._kill)

    def _kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def attached(self):
        """It waits for events, which it does when all its points are watched."""
        def waits():
            if self.process.poll() is not None:
                raise AssertionError(f"bpftrace ended: {self.text()}")
            with open(f"/proc/{self.process.pid}/wchan", encoding="ascii") as file:
                return "ep" in file.read()
        wait_until(lambda: "Attaching" in self.text() and waits(),
                   lambda: f"bpftrace attaches: {self.text()}")
        return self

    def text(self):
        with open(self.path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def end(self):
        """What it said, with its maps."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(TIMEOUT)
        return self.text()
