#!/usr/bin/python3 -B
"""Bytes go into a user's own program and come out of it, as they are."""

import base64
import hashlib
import os
import subprocess
import textwrap

from lib.harness import Case, main
from lib.programs import dtreectl_path
from lib.waiting import TIMEOUT

# Every byte, a line end last but one, and what looks like UTF-8 and is not.
ODD = bytes(range(256)) + b"\xc3\xa4\xe2\x80\xa8\xed\xa0\x80\n\n"


class Bytes(Case):
    SERVICES = """\
        [service say]
        protocol = run
        command = printf %b
        [service file]
        protocol = run
        command = cat
        [service sh]
        protocol = run
        command = sh -c
        [service line]
        protocol = lines
        command = cat
        """

    def tree(self, *nodes, options=()):
        """A dtreed with those services, and a node of each that is named, from 1 on."""
        path = self.path("services.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(self.SERVICES))
        daemon = self.daemon("--config", path, *options)
        self.rpc = self.client(daemon)
        for number, service in enumerate(nodes, 1):
            self.rpc.call("create", id=number, service=service)
        return daemon

    def bytes_of(self, daemon, *args, status=0, error="", stdin=b"", stdout=subprocess.PIPE):
        """What a one-shot command writes to standard output."""
        done = subprocess.run([dtreectl_path(), "--socket", daemon.socket, *map(str, args)],
                              input=stdin, stdout=stdout, stderr=subprocess.PIPE, check=False,
                              env=self.env, timeout=TIMEOUT)
        self.assertEqual(done.stderr.decode(), error, args)
        self.assertEqual(done.returncode, status, args)
        return done.stdout

    def holding(self, data):
        path = self.fresh("f")
        with open(path, "wb") as file:
            file.write(data)
        return path


class Results(Bytes):
    def test_a_result_is_any_bytes(self):
        daemon = self.tree("file", "file")
        path = self.holding(ODD)
        result = self.rpc.call("exec", id=1, args=[path])
        self.assertEqual(result, {"id": 1,
                                  "result_base64": base64.b64encode(ODD[:-1]).decode()})
        self.assertEqual(self.bytes_of(daemon, "exec", "--raw", 1, path), ODD[:-1])
        self.assertEqual(self.bytes_of(daemon, "exec", 1, "--raw", path), ODD[:-1])
        self.assertEqual(self.rpc.call("exec_all", args=[path])["results"][1]["result_base64"],
                         base64.b64encode(ODD[:-1]).decode())
        self.assertIn("is no integer", self.rpc.call("exec_all", args=[path], reduce="sum")
                      ["errors"][0]["message"])

    def test_text_stays_text(self):
        daemon = self.tree("say")
        self.assertEqual(self.rpc.exec(1, r"a\nb\t\x1bä\n\n"), "a\nb\t\x1bä\n")
        self.says(daemon, r"Ok:1: a\nb\r\t\x1bä", "exec", 1, r"a\nb\r\t\x1bä")
        self.says(daemon, r"Ok:1: \x00\xff\xc2\x9b", "exec", 1, r"\x00\xff\xc2\x9b")
        self.says(daemon, '{"id":1,"result_base64":"AP8="}', "--json", "exec", 1, r"\0000\xff")
        shell = self.shell(daemon=daemon)
        self.ask(shell, r"exec 1 a\nb\xff", r"Ok:1: a\nb\xff")

    def test_the_largest_result_of_bytes(self):
        daemon = self.tree("sh")
        data = self.bytes_of(daemon, "exec", "--raw", 1, "head -c 67108864 /dev/zero")
        self.assertEqual(hashlib.sha256(data).hexdigest(),
                         hashlib.sha256(bytes(64 << 20)).hexdigest())
        self.says(daemon, "Error:1: its answer has more than 67108864 bytes", "exec", 1,
                  "head -c 67108865 /dev/zero", status=1)

    def test_an_error_goes_to_standard_error(self):
        daemon = self.tree("sh")
        self.assertEqual(self.bytes_of(daemon, "exec", "--raw", 9, status=1,
                                       error="Error:9: Not found\n"), b"")
        self.assertEqual(self.bytes_of(daemon, "exec", "--raw", "9x", status=1,
                                       error="Error: id '9x' is not an integer\n"), b"")
        self.assertEqual(self.bytes_of(daemon, "exec", "--raw", 1, "exit 0"), b"")
        self.assertIn(b'"message":"exec --raw writes no JSON"',
                      self.bytes_of(daemon, "--json", "exec", "--raw", 1, status=2))

    def test_standard_output_that_takes_nothing(self):
        daemon = self.tree("sh")
        with open("/dev/full", "wb") as full:
            self.bytes_of(daemon, "exec", "--raw", 1, "echo a", stdout=full, status=1,
                          error="dtreectl: standard output: No space left on device\n")
        reading, writing = os.pipe()
        os.close(reading)
        with open(writing, "wb") as pipe:
            self.bytes_of(daemon, "exec", "--raw", 1, "echo a", stdout=pipe, status=1,
                          error="dtreectl: standard output: Broken pipe\n")
        closed = self.fresh("closed")
        done = subprocess.run(
            ["/bin/sh", "-c", '"$0" --socket "$1" exec --raw 1 "echo a" >&- 2>"$2"',
             dtreectl_path(), daemon.socket, closed], check=False, env=self.env)
        self.assertEqual(done.returncode, 1)
        with open(closed, encoding="utf-8") as file:
            self.assertEqual(file.read(), "dtreectl: standard output: Bad file descriptor\n")


if __name__ == "__main__":
    main()
