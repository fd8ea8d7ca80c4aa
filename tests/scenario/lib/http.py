"""HTTP as the exporter serves it, over TCP or a Unix socket."""

import http.client
import os
import re
import socket
import subprocess

from lib.programs import _find, tail
from lib.waiting import TIMEOUT, wait_until


def exporter_path():
    return os.path.abspath(_find("DTREE_EXPORTER", ["sbin"], "dtree-exporter"))


class _Unix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=TIMEOUT)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Exporter:
    """A dtree-exporter, ready once it listens."""

    def __init__(self, case, socket_path, *options, listen="127.0.0.1:0"):
        self.errors = case.fresh("exporter") + ".err"
        with open(self.errors, "wb") as errors:
            self.process = subprocess.Popen(
                [exporter_path(), "--socket", socket_path, "--listen", listen, *options],
                stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, env=case.env)
        case.addCleanup(self.stop)
        self.place = wait_until(self._listens, lambda: f"it listens: {self.stderr()}")

    def _listens(self):
        assert self.process.poll() is None, self.stderr()
        found = re.search(r"listens at (\S+)\n", self.stderr())
        return found and found[1]

    def stderr(self):
        return tail(self.errors)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(TIMEOUT)

    @property
    def port(self):
        return int(re.search(r":(\d+)/", self.place)[1])

    def connection(self):
        if self.place.startswith("unix:"):
            return _Unix(self.place[5:])
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)

    def ask(self, path, method="GET", **headers):
        """(status, headers, text)"""
        connection = self.connection()
        try:
            connection.putrequest(method, path, skip_host="Host" in headers)
            for name, value in headers.items():
                for one in [value] if isinstance(value, str) else value:
                    connection.putheader(name.replace("_", "-"), one)
            connection.endheaders()
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def metrics(self, path="/metrics"):
        """Samples by name with labels."""
        status, _, text = self.ask(path)
        assert status == 200, text
        lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in lines}
