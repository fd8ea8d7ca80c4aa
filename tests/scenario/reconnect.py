#!/usr/bin/python3 -B
"""A shell on a terminal comes back to its dtreed, or to the next one."""

import os
import signal
import socket
import threading

from lib import procs
from lib.harness import main
from lib.daemon_death import MAY, DaemonDeath
from lib.terminal import Terminal
from lib.waiting import TIMEOUT


class OnTerminal(DaemonDeath):
    def terminal(self, *args, **how):
        terminal = Terminal(self, *args, **how)
        self.addCleanup(terminal.stop)
        terminal.shows("> ")
        return terminal

    def on(self, daemon, **how):
        return self.terminal("--socket", daemon.socket, "shell", **how)

    def gone(self, daemon):
        return f"dtreectl: {self.lost(daemon)}; trying again"

    def back(self, daemon):
        return f"dtreectl: connected again: dtreed is process {daemon.pid}"

    def heartbit(self, node):
        return f"Heartbit: node {node} is unavailable now"

    def create(self, terminal, *args):
        """Gives the process id."""
        terminal.ask(" ".join(map(str, ("create", *args))), "Ok: …")
        return int(terminal.look()[-2][4:])


class Interactive(OnTerminal):
    def test_a_shell_says_that_its_daemon_is_gone_and_back_and_goes_on(self):
        daemon = self.daemon()
        terminal = self.on(daemon)
        self.create(terminal, 10)
        self.die(daemon)
        terminal.shows(self.gone(daemon), "> ")
        second = self.again(daemon)
        terminal.shows(self.gone(daemon), self.back(second), "> ")
        self.absent(self.client(second), 10)
        self.create(terminal, 10)
        terminal.ask("exec 10 2 3 4", "Ok:10: 7")
        terminal.write("exit\n")
        self.assertEqual(terminal.wait(), 0)

    def test_a_shell_outlives_one_daemon_after_another(self):
        daemon = self.daemon()
        terminal = self.on(daemon)
        for _ in range(3):
            self.die(daemon)
            terminal.shows(self.gone(daemon), "> ")
            daemon = self.again(daemon)
            terminal.shows(self.back(daemon), "> ")
            terminal.ask("ping 77", "Error: Not found")

    def test_an_orderly_end_of_the_daemon_is_a_loss_like_any(self):
        daemon = self.daemon()
        terminal = self.on(daemon)
        daemon.stop()
        terminal.shows(self.gone(daemon), "> ")
        second = self.again(daemon)
        terminal.shows(self.back(second), "> ")

    def test_heartbit_lines_go_on(self):
        daemon = self.daemon("--heartbeat", 100)
        terminal = self.on(daemon)
        self.die(daemon)
        second = self.again(daemon, "--heartbeat", 100)
        terminal.shows(self.back(second), "> ")
        self.stopped(self.create(terminal, 20))
        terminal.shows(self.heartbit(20), "> ")

    def test_what_is_typed_stays(self):
        daemon = self.daemon()

        def rows(text):
            return [text[at:at + 40] for at in range(0, len(text), 40)]
        # Also more than one row of it, and characters of more than one byte.
        for typed in ("exec 10 1 7", "exec 10 " + "x" * 50, "exec 10 " + "ж" * 50):
            with self.subTest(typed=typed):
                terminal = self.on(daemon, columns=40)
                terminal.write(typed)
                terminal.shows(*rows(f"> {typed}"))
                self.die(daemon)
                terminal.shows(*rows(self.gone(daemon)), *rows(f"> {typed}"))
                terminal.write("+")
                terminal.shows(*rows(f"> {typed}+"))
                terminal.write("\b")
                daemon = self.again(daemon)
                terminal.shows(*rows(self.gone(daemon)), *rows(self.back(daemon)),
                               *rows(f"> {typed}"))

    def test_commands_that_were_due_get_their_error_lines(self):
        daemon = self.daemon("--heartbeat", 60000)
        terminal = self.on(daemon)
        pid = self.create(terminal, 10)
        self.stopped(pid)
        terminal.write("exec 10 1 1\n")
        terminal.shows("> exec 10 1 1", "> ")
        terminal.write("ping 10\n")
        terminal.shows("> ping 10", "> ")
        self.die(daemon)
        reason = self.lost(daemon) + MAY
        terminal.shows(self.gone(daemon), f"Error:10: {reason}", f"Error: {reason}", "> ")

    def test_a_command_without_a_connection_fails_at_once_and_is_not_sent_later(self):
        daemon = self.daemon()
        terminal = self.on(daemon)
        self.die(daemon)
        terminal.shows(self.gone(daemon), "> ")
        away = self.away(daemon)
        for command in ("create 30", "pingall", "heartbit 50"):
            terminal.ask(command, f"Error: {away}")
        terminal.ask("exec 30 1 1", f"Error:30: {away}")
        terminal.ask("nothing", "Error: unknown command 'nothing'; help lists them")
        second = self.again(daemon)
        terminal.shows(self.back(second), "> ")
        terminal.ask("ping 30", "Error: Not found")
        self.assertNotEqual(self.client(second).call("status")["heartbeat_ms"], 50)

    def test_a_connection_that_nobody_answers_is_none(self):
        daemon = self.daemon()
        terminal = self.on(daemon)
        self.die(daemon)
        terminal.shows(self.gone(daemon), "> ")
        with socket.socket(socket.AF_UNIX) as deaf:
            os.unlink(daemon.socket)
            deaf.settimeout(TIMEOUT)
            deaf.bind(daemon.socket)
            deaf.listen()
            accepted, _ = deaf.accept()
            terminal.ask("pingall", f"Error: {self.away(daemon)}")
            accepted.close()
            # It comes again.
            deaf.accept()[0].close()
            terminal.ask("pingall", f"Error: {self.away(daemon)}")
        second = self.again(daemon)
        terminal.shows(self.back(second), "> ")
        self.assertEqual(terminal.count(self.gone(daemon)), 1)

    def test_a_shell_without_its_daemon_ends_as_ever(self):
        for how, status in (("exit\n", 0), ("\x04", 0), (signal.SIGTERM, 143),
                            (signal.SIGHUP, 129), ("\x03", 130)):
            with self.subTest(how=how):
                daemon = self.daemon()
                terminal = self.on(daemon)
                self.die(daemon)
                terminal.shows(self.gone(daemon), "> ")
                if isinstance(how, str):
                    terminal.write(how)
                else:
                    terminal.process.send_signal(how)
                self.assertEqual(terminal.wait(), status)

    def test_the_services_of_the_former_tree_are_asked_for_anew(self):
        daemon = self.daemon()
        terminal = self.on(daemon)
        pids = {node: self.create(terminal, node, "--service", "search") for node in (50, 60)}
        self.die(daemon)
        second = self.again(daemon)
        terminal.shows(self.back(second), "> ")
        client = self.client(second)
        for node, pid in pids.items():
            self.absent(client, node, pid)
        client.call("create", id=60, service="sum")
        # One that is not there takes its two lines still, one that is another takes none.
        terminal.ask("exec 50\nping 60\nping 60", "Error:50: Not found")
        terminal.ask("exec 60", "Error:60: …")
        terminal.ask("ping 60", "Ok: 1")

    def test_a_shutdown_ends_the_shell(self):
        daemon = self.daemon()
        terminal = self.on(daemon)
        terminal.write("shutdown\n")
        self.assertEqual(terminal.wait(), 0)
        self.assertEqual(daemon.wait(), 0)

    def test_a_private_shell_ends_with_its_daemon(self):
        terminal = self.terminal("shell", "--private")
        daemon = [pid for pid in self.family() if procs.program(pid) == "dtreed"]
        self.kill9(*daemon)
        self.assertEqual(terminal.wait(), 3)
        self.assertIn("is lost: closed by dtreed", "\n".join(terminal.look()))


class Passage:
    """A socket that leads to that of a daemon, and can be cut."""

    def __init__(self, case, daemon):
        self.socket = case.fresh("passage")
        self.target = daemon.socket
        self.ends = []
        self.mend()
        case.addCleanup(self.cut)

    def mend(self):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.socket)
        self.listener.listen()
        threading.Thread(target=self._accept, args=[self.listener], daemon=True).start()

    def _accept(self, listener):
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(self.target)
            self.ends += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=[one, other], daemon=True).start()

    def _pump(self, one, other):
        try:
            while data := one.recv(1 << 16):
                other.sendall(data)
        except OSError:
            pass

    def cut(self):
        """Ends what goes through it, and refuses what comes."""
        if os.path.exists(self.socket):
            os.unlink(self.socket)
        for end in (self.listener, *self.ends):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()
        self.ends.clear()


class Cut(OnTerminal):
    """The connection is another matter than dtreed."""

    def fall_silent(self, client, node):
        """A new node of the tree, unavailable once this returns."""
        client.call("subscribe", types=["heartbeat_lost"])
        self.stopped(client.call("create", id=node)["pid"])
        client.event("heartbeat_lost", id=node)

    def test_no_heartbit_line_is_missed_and_none_comes_twice(self):
        daemon = self.daemon("--heartbeat", 100)
        passage = Passage(self, daemon)
        terminal = self.on(passage)
        self.stopped(self.create(terminal, 10))
        terminal.shows(self.heartbit(10), "> ")
        passage.cut()
        terminal.shows(self.gone(passage), "> ")
        self.fall_silent(self.client(daemon), 20)
        passage.mend()
        terminal.shows(self.back(daemon), self.heartbit(20), "> ")
        self.stopped(self.create(terminal, 30))
        terminal.shows(self.heartbit(30), "> ")
        for node in (10, 20, 30):
            self.assertEqual(terminal.count(self.heartbit(node)), 1, terminal.look())

    def test_what_a_new_daemon_saw_before_it_is_reached_is_told(self):
        daemon = self.daemon("--heartbeat", 100)
        passage = Passage(self, daemon)
        terminal = self.on(passage)
        client = self.client(daemon)
        # Its events have greater numbers than those of the next.
        for node in range(10):
            client.call("create", id=node)
            client.call("kill", id=node)
        passage.cut()
        terminal.shows(self.gone(passage), "> ")
        self.die(daemon)
        second = self.again(daemon, "--heartbeat", 100)
        self.fall_silent(self.client(second), 20)
        passage.mend()
        terminal.shows(self.back(second), self.heartbit(20), "> ")


if __name__ == "__main__":
    main()
