"""The programs, started as their users start them."""

import os
import select
import shlex
import signal
import subprocess
import threading
import time

from lib import procs
from lib.rpc import Client
from lib.waiting import TIMEOUT, Late, wait_until


def _find(variable, folders, name):
    if path := os.environ.get(variable):
        return path
    if prefix := os.environ.get("DTREE_PREFIX"):
        places = [os.path.join(prefix, folder) for folder in folders]
    else:
        top = os.environ.get("DTREE_BUILDDIR") or os.getcwd()
        places = [top, os.path.join(top, "src")]
    paths = [os.path.join(place, name) for place in places]
    return next((path for path in paths if os.path.exists(path)), paths[0])


def dtreed_path():
    return os.path.abspath(_find("DTREED", ["sbin"], "dtreed"))


def dtreectl_path():
    return os.path.abspath(_find("DTREECTL", ["bin"], "dtreectl"))


def dtree_worker_path():
    return os.path.abspath(_find("DTREE_WORKER", ["libexec/dtree"], "dtree-worker"))


def sanitized():
    """Was the daemon built with a sanitizer? Then its memory figures are not comparable."""
    path = dtreed_path()
    real = os.path.join(os.path.dirname(path), ".libs", os.path.basename(path))
    with open(real if os.path.exists(real) else path, "rb") as file:
        return b"__asan_init" in file.read()


def run(case, command, *, stdin="", env=None, timeout=None, cwd=None):
    """Runs a program to its end: a CompletedProcess with text."""
    data = stdin if isinstance(stdin, bytes) else stdin.encode()
    done = subprocess.run(command, input=data, capture_output=True, check=False,
                          env=case.env | (env or {}), timeout=timeout or TIMEOUT,
                          cwd=cwd)
    done.stdout = done.stdout.decode()
    done.stderr = done.stderr.decode(errors="replace")
    return done


def tail(path):
    """The end of a program's standard error."""
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()[-4000:]


def _link(options):
    """The links that DTREE_TEST_LINK asks for, unless the test does."""
    kind = os.environ.get("DTREE_TEST_LINK")
    return ["--link", kind] if kind and "--link" not in options else []


class Daemon:
    """A dtreed with its directories. Ready once its socket takes a connection."""

    def __init__(self, case, *options, worker=None, base=None, wrap=(), prepare=None, ready=True,
                 env=None, pass_fds=(), stderr=None):
        """worker: another program for dtree-worker. base: the directories of an earlier one.
        wrap: words before the command. prepare: called in the child before exec. ready: wait.
        pass_fds: descriptors that stay open in it. stderr: its standard error, if not a file."""
        self.base = base or case.fresh("d")
        os.makedirs(self.base, 0o700, exist_ok=True)
        self.socket = os.path.join(self.base, "c")
        self.runtime = os.path.join(self.base, "r")
        config = os.path.join(self.base, "conf")
        if not os.path.exists(config):
            with open(config, "w", encoding="ascii"):
                pass
        environment = case.env | (env or {})
        if worker:
            environment["DTREE_WORKER"] = worker
        self.command = [*wrap, dtreed_path(), "--config", config, "--runtime-dir", self.runtime,
                        "--state-dir", os.path.join(self.base, "s"), "--socket", self.socket,
                        *map(str, options), *_link(options)]
        self.errors = case.fresh("daemon") + ".err"
        with open(self.errors, "wb") as errors:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=errors,
                                            stderr=errors if stderr is None else stderr, env=environment, preexec_fn=prepare,
                                            pass_fds=pass_fds)
        self.pid = self.process.pid
        if ready:
            try:
                self.await_ready()
            except BaseException:
                self.process.kill()
                self.process.wait()
                raise

    def stderr(self):
        return tail(self.errors)

    def await_ready(self):
        def ready():
            if self.process.poll() is not None:
                raise AssertionError(f"{shlex.join(self.command)} ended with "
                                     f"{self.process.returncode}: {self.stderr()}")
            try:
                self.client().close()
                return True
            except OSError:
                return False
        wait_until(ready, lambda: f"a connection to {self.socket}: {self.stderr()}")

    def client(self):
        return Client(self.socket)

    def workers(self):
        return [pid for pid in procs.children(self.pid)
                if not procs.gone(pid) and not procs.makes_workers(pid)]

    def wait(self, timeout=None):
        """Its exit status; negative for a signal."""
        return self.process.wait(timeout or TIMEOUT)

    def kill(self):
        """kill -9, without a chance to clean up."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Ends it like a user, and checks that it ends well."""
        if self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        try:
            status = self.wait()
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"dtreed does not end on SIGTERM: {self.stderr()}") from None
        if status != 0:
            raise AssertionError(f"dtreed ended with {status}: {self.stderr()}")


class Shell:
    """A shell on pipes. A thread collects its output, so that it never waits for its reader."""

    def __init__(self, case, *args, env=None):
        self.case = case
        self.errors = case.fresh("shell") + ".err"
        with open(self.errors, "wb") as errors:
            self.process = subprocess.Popen([dtreectl_path(), *map(str, args)],
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=errors, env=case.env | (env or {}))
        self.pid = self.process.pid
        os.set_blocking(self.process.stdin.fileno(), False)
        self.lines = []
        self.ended = False
        self.changed = threading.Condition()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines.append((time.monotonic(), line))
                self.changed.notify_all()
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def stderr(self):
        return tail(self.errors)

    def write(self, data):
        """Text or bytes to its standard input."""
        left = memoryview(data if isinstance(data, (bytes, bytearray)) else data.encode())
        pipe = self.process.stdin.fileno()
        end = time.monotonic() + TIMEOUT
        while left:
            if not select.select([], [pipe], [], max(0, end - time.monotonic()))[1]:
                raise Late(f"the shell reads its input; it said {self.stderr()!r}")
            try:
                left = left[os.write(pipe, left[:1 << 20]):]
            except BlockingIOError:
                pass

    def line(self, timeout=None):
        """The next line, without its end."""
        return self.timed_line(timeout)[1]

    def timed_line(self, timeout=None):
        """When the next line came (on the monotonic clock), and the line."""
        with self.changed:
            if not self.changed.wait_for(lambda: self.lines or self.ended, timeout or TIMEOUT):
                raise Late(f"a line from the shell; it said {self.stderr()!r}")
            if not self.lines:
                raise EOFError(f"the shell's output ended: {self.stderr()!r}")
            at, line = self.lines.pop(0)
        if not line.endswith(b"\n"):
            raise AssertionError(f"half a line: {line!r}")
        return at, line[:-1].decode()

    def ask(self, command):
        """A command (with the lines that belong to it), and the next line."""
        self.write(command + "\n")
        return self.line()

    def finish(self, timeout=None):
        """The end of input. Gives the lines not read yet and the exit status."""
        self.process.stdin.close()
        self.reader.join(timeout or TIMEOUT)
        if self.reader.is_alive():
            raise Late(f"the end of the shell's output; it said {self.stderr()!r}")
        lines = []
        while self.lines:
            lines.append(self.line())
        return lines, self.process.wait(TIMEOUT)

    def daemon_pid(self):
        """The dtreed of a private shell."""
        def find():
            found = [pid for pid in self.case.family() if procs.program(pid) == "dtreed"]
            return found[0] if len(found) == 1 else None
        return wait_until(find, "the private dtreed")

    def stop(self):
        """Ends it; it is an error if the end of its input is not enough."""
        if not self.process.stdin.closed:
            self.process.stdin.close()
        try:
            self.process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("the shell does not end at the end of its input") from None
        finally:
            self.reader.join(TIMEOUT)
            self.process.stdout.close()
