#!/usr/bin/python3 -B
"""Completion of dtreectl in bash, zsh and fish, each by the real shell."""

import os
import shutil
import time
import unittest

from lib import manual
from lib.harness import Case, main
from lib.programs import dtreectl_path, run
from lib.terminal import Terminal
from lib.waiting import SLOW

# What is typed, and the line when the tab key was pressed.
LINES = (("dtreectl pingal", "dtreectl pingall"),
         ("dtreectl --ti", "dtreectl --timeout"),
         ("dtreectl ping @ad", "dtreectl ping @adder"),
         ("dtreectl status 1", "dtreectl status 10"),
         ("dtreectl exec --any ad", "dtreectl exec --any adders"),
         ("dtreectl exec --subtree=@ad", "dtreectl exec --subtree=@adder"),
         ("dtreectl create 3 --restart on", "dtreectl create 3 --restart on-failure"),
         ("dtreectl create 3 --restart=on", "dtreectl create 3 --restart=on-failure"),
         ("dtreectl create 3 --service ca", "dtreectl create 3 --service calc"),
         ("dtreectl create 3 --after 10,@fi", "dtreectl create 3 --after 10,@finder"),
         ("dtreectl events node_di", "dtreectl events node_died"),
         ("dtreectl call rp", "dtreectl call rpc.discover"),
         ("dtreectl trace --repeat 5 exec --sub", "dtreectl trace --repeat 5 exec --subtree"),
         ("dtreectl logs 10 --config {dir}/some-f", "dtreectl logs 10 --config {dir}/some-f"),
         ("dtreectl shell --private --config {dir}/some-f",
          "dtreectl shell --private --config {dir}/some-file"),
         ("dtreectl shell --private --config={dir}/some-f",
          "dtreectl shell --private --config={dir}/some-file"))
BASH = """\
    PS1='> '
    PATH={bin}:$PATH
    bind 'set enable-bracketed-paste off'
    bind 'set bell-style none'
    . {top}/completions/dtreectl
    """
ZSH = """\
    PS1='> '
    PATH={bin}:$PATH
    unsetopt prompt_sp beep
    unset zle_bracketed_paste
    fpath=({top}/completions $fpath)
    autoload -Uz compinit
    compinit -u -d {dir}/dump
    """


class Completion(Case):
    def open(self):
        self.tree = self.daemon("--service", "sum", "--config", self.text_file(
            "dtreed.conf", "[service calc]\nprotocol = lines\ncommand = cat\n"))
        client = self.client(self.tree)
        client.call("create", id=10, name="adder", group="adders")
        client.call("create", id=21, name="finder", group="finders", service="search")
        self.text_file("some-file", "")

    def rc(self, text):
        return text.format(bin=os.path.dirname(dtreectl_path()), top=manual.TOP, dir=self.dir)

    def typed(self, command, **env):
        """Every line, typed in such a shell."""
        terminal = Terminal(self, command=command, env={"DTREE_SOCKET": self.tree.socket,
                                                        "HISTFILE": "", **env})
        self.addCleanup(terminal.stop)
        terminal.shows("> ")
        for line, wanted in LINES:
            terminal.write(line.format(dir=self.dir) + "\t")
            terminal.shows("> " + wanted.format(dir=self.dir))
            terminal.write("\x15")
            terminal.shows("> ")
        return terminal

    def test_bash(self):
        self.open()
        rc = self.text_file("rc", self.rc(BASH))
        terminal = self.typed(["bash", "--noprofile", "--rcfile", rc, "-i"])
        # A list, and words behind an assignment and in a pipe.
        terminal.write("DTREE_SOCKET=$DTREE_SOCKET dtreectl kill @\t\t")
        terminal.shows("@adder   @finder…", "> DTREE_SOCKET=$DTREE_SOCKET dtreectl kill @")
        terminal.write("\x15true | dtreectl wait 10 --for d\t")
        terminal.shows("> true | dtreectl wait 10 --for dead")

    @unittest.skipUnless(shutil.which("zsh"), "there is no zsh")
    def test_zsh(self):
        self.open()
        self.text_file(".zshrc", self.rc(ZSH))
        terminal = self.typed(["zsh", "-d", "-i"], ZDOTDIR=self.dir, TERM="vt100")
        terminal.write("dtreectl kill \t")
        terminal.shows("> dtreectl kill", "10  -- @adder, sum, available", "21  -- @finder, search, available",
                       "@adder  -- node 10, sum, available",
                       "@finder  -- node 21, search, available")

    @unittest.skipUnless(shutil.which("fish"), "there is no fish")
    def test_fish(self):
        self.open()
        lines = [line.format(dir=self.dir) for line, _ in LINES]
        script = "\n".join([f"source {manual.TOP}/completions/dtreectl.fish",
                            *(f"echo ====; complete -C '{line}'" for line in [*lines, "dtreectl kill 1"])])
        done = run(self, ["fish", "--no-config", "-c", script],
                   env=self.env | {"DTREE_SOCKET": self.tree.socket, "PATH":
                                   os.path.dirname(dtreectl_path()) + ":" + self.env["PATH"]})
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        came = [block.splitlines() for block in done.stdout.split("====\n")[1:]]
        for (line, wanted), offers in zip(LINES, came):
            wanted = wanted.format(dir=self.dir)
            offered = [offer.split("\t")[0] for offer in offers]
            # Where there is nothing to offer, fish offers files.
            if wanted != line.format(dir=self.dir):
                self.assertEqual(offered, [wanted.rpartition(" ")[2]], line)
        self.assertEqual(came[-1], ["10\t@adder, sum, available"])

    def test_without_a_dtreed_it_is_quick_and_silent(self):
        for words in (("ping", ""), ("events", ""), ("exec", "--any", ""), ("create", "1", "--service", "s"),
                      ("--socket", self.path("none"), "kill", "1"), (), ("nothing", ""), ("call", "")):
            begun = time.monotonic()
            done = run(self, [dtreectl_path(), "complete", "--", *words])
            self.assertLess(time.monotonic() - begun, 0.4 * SLOW)
            self.assertEqual((done.returncode, done.stderr), (0, ""), words)
            offers = done.stdout.split()
            self.assertEqual(offers, ["sum", "search"] if "s" in words else
                             [offer for offer in offers if offer.startswith("--")], words)

    def test_a_dtreed_that_hangs_is_not_waited_for(self):
        daemon = self.daemon()
        self.stopped(daemon.process.pid)
        begun = time.monotonic()
        done = run(self, [dtreectl_path(), "--socket", daemon.socket, "complete", "--", "ping", ""])
        self.assertLess(time.monotonic() - begun, 1.5 * SLOW)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.go_on(daemon.process.pid)


if __name__ == "__main__":
    main()
