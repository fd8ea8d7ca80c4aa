#!/usr/bin/python3 -B
"""Nothing is left behind, however a tree ends, and trees do not disturb each other."""

import os
import signal
import subprocess

from lib import procs
from lib.harness import Case, main
from lib.programs import dtreectl_path
from lib.waiting import wait_until

# The promise is two seconds; the machine may be busy.
SOON = 10


def places(daemon):
    """The directories that a private dtreed was told to use."""
    words = [word.partition("=")[2] or word for word in procs.arguments(daemon)[1:]]
    return [word for word in words if word.startswith("/") and os.path.isdir(word)]


class Private(Case):
    def tree(self, *options):
        """A private shell with a chain of three and a fourth node, and what belongs to it."""
        shell = self.private(*options)
        self.pids = [self.create(shell, 1), self.create(shell, 2, 1), self.create(shell, 3, 2),
                     self.create(shell, 4)]
        shell.daemon = shell.daemon_pid()
        shell.places = places(shell.daemon)
        self.assertNotEqual(shell.places, [])
        self.assertEqual(sorted(self.company()), sorted([shell.pid, shell.daemon, *self.pids]))
        return shell

    def nothing_left(self, shell):
        wait_until(lambda: shell.process.poll() is not None, "the shell ends", SOON)
        self.await_nothing(SOON)
        wait_until(lambda: not [place for place in shell.places if os.path.exists(place)],
                   lambda: f"{shell.places} are removed", SOON)
        self.assertEqual((self.temporary(), self.sockets()), ([], []))

    def test_exit_ends_the_tree(self):
        shell = self.tree()
        shell.write("exit\n")
        self.nothing_left(shell)
        self.assertEqual(shell.process.returncode, 0)

    def test_the_end_of_input_ends_the_tree(self):
        shell = self.tree()
        self.assertEqual(shell.finish(SOON), ([], 0))
        self.nothing_left(shell)

    def test_a_signal_ends_the_tree(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signal=number.name):
                shell = self.tree()
                shell.process.send_signal(number)
                self.nothing_left(shell)

    def test_a_signal_to_the_whole_group_ends_the_tree(self):
        shell = self.tree()
        self.signal_all(signal.SIGINT)
        self.nothing_left(shell)

    def test_stopped_workers_end_too(self):
        for how in ("exit", "end", "signal", "kill"):
            with self.subTest(how=how):
                shell = self.tree()
                self.stopped(*self.pids)
                if how == "exit":
                    shell.write("exit\n")
                elif how == "end":
                    shell.process.stdin.close()
                else:
                    shell.process.send_signal(signal.SIGTERM if how == "signal" else
                                              signal.SIGKILL)
                self.nothing_left(shell)

    def test_a_signal_ends_a_shell_that_waits_for_an_answer(self):
        shell = self.tree()
        self.stopped(self.pids[3])
        shell.write("exec 4 1 1\nping 1\n")
        self.assertEqual(shell.line(), "Ok: 1")
        shell.process.send_signal(signal.SIGTERM)
        self.nothing_left(shell)

    def test_a_killed_shell_leaves_nothing(self):
        shell = self.tree()
        shell.process.kill()
        self.nothing_left(shell)

    def test_a_shell_killed_while_creating_leaves_nothing(self):
        shell = self.tree()
        shell.write("".join(f"create {node} {node - 1}\n" for node in range(5, 30)))
        shell.line()
        shell.process.kill()
        self.nothing_left(shell)

    def test_a_killed_private_daemon_leaves_nothing(self):
        shell = self.tree()
        self.kill9(shell.daemon)
        self.nothing_left(shell)

    def test_a_killed_private_daemon_with_stopped_workers_leaves_nothing(self):
        shell = self.tree()
        self.stopped(*self.pids)
        self.kill9(shell.daemon)
        self.nothing_left(shell)

    def test_what_a_double_kill_left_is_swept_by_the_next_private_start(self):
        shell = self.tree()
        # Stopped first, so that neither can clean up after the other.
        self.stopped(shell.pid, shell.daemon)
        self.kill9(shell.pid, shell.daemon)
        shell.process.wait()
        self.await_nothing(SOON)
        other = self.private()
        self.ask(other, "pingall", "Ok: -1")
        self.assertEqual([place for place in shell.places if os.path.exists(place)], [])
        self.assertEqual(other.finish(), ([], 0))
        self.nothing_left(shell)

    def test_a_sweep_spares_the_living(self):
        shell = self.tree()
        other = self.private()
        self.ask(other, "pingall", "Ok: -1")
        self.assertEqual(other.finish(), ([], 0))
        self.dialogue(shell, [("pingall", "Ok: -1"), ("exec 3 1 5", "Ok:3: 5")])
        self.pids.append(self.create(shell, 5, 3))

    def test_two_private_shells_never_meet(self):
        one, two = self.private("--service", "dict"), self.private("--service", "dict")
        for shell, value in ((one, 1), (two, 2)):
            self.create(shell, 10)
            self.ask(shell, f"exec 10 x {value}", "Ok:10")
        self.ask(one, "kill 10", "Ok")
        self.dialogue(two, [("exec 10 x", "Ok:10: 2")])
        self.assertEqual(one.finish(), ([], 0))
        self.dialogue(two, [("exec 10 x", "Ok:10: 2"), ("pingall", "Ok: -1")])

    def test_a_reader_that_goes_away_ends_the_tree(self):
        process = subprocess.Popen([dtreectl_path(), "shell", "--private"], env=self.env,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL)
        process.stdin.write(b"create 1\n")
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.close()
        try:
            for _ in range(100):
                process.stdin.write(b"ping 1\n")
                process.stdin.flush()
            process.stdin.close()
        except BrokenPipeError:
            pass
        process.wait(60)
        self.await_nothing(SOON)

    def test_a_private_tree_that_cannot_start_says_so(self):
        self.env["DTREE_WORKER"] = self.path("missing")
        shell = self.private()
        lines, status = shell.finish()
        self.assertEqual(lines, [])
        self.assertNotEqual(status, 0)
        self.assertIn("missing", shell.stderr())

    def test_a_temporary_directory_that_is_none_is_an_error(self):
        shell = self.private(env={"TMPDIR": self.path("none"), "XDG_RUNTIME_DIR": ""})
        lines, status = shell.finish()
        # It may know a better place.
        self.assertIn((lines, status == 0), (([], False), ([], True)))


class Service(Case):
    def test_a_signal_ends_the_daemon_and_all_of_its_nodes(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            daemon = self.daemon()
            client = self.client(daemon)
            for node in range(1, 6):
                client.call("create", id=node, parent=node - 1 if node > 1 else -1)
            self.stopped(client.nodes()[3]["pid"])
            daemon.process.send_signal(number)
            self.assertEqual(daemon.wait(), 0)
            self.await_nothing(SOON)
            self.assertEqual(self.sockets(), [])

    def test_a_second_daemon_on_the_same_directory_is_refused(self):
        first = self.daemon("--service", "dict")
        client = self.client(first)
        client.call("create", id=1)
        client.exec(1, "x", 5)
        second = self.daemon("--service", "sum", base=first.base, ready=False)
        self.assertGreater(second.wait(), 0)
        self.assertIn(first.base, second.stderr())
        self.assertEqual(client.exec(1, "x"), "5")
        self.assertEqual(self.client(first).call("hello")["pid"], first.pid)

    def test_a_second_daemon_on_the_same_socket_is_refused(self):
        first = self.daemon()
        second = self.daemon("--socket", first.socket, ready=False)
        self.assertGreater(second.wait(), 0)
        self.assertEqual(self.client(first).call("hello")["pid"], first.pid)

    def test_a_stale_socket_is_taken_over(self):
        first = self.daemon()
        self.client(first).call("create", id=1)
        first.kill()
        self.assertTrue(os.path.exists(first.socket))
        second = self.daemon(base=first.base)
        self.assertEqual(self.client(second).call("hello")["pid"], second.pid)

    def test_a_file_that_is_no_socket_is_not_removed(self):
        base = self.fresh("d")
        os.mkdir(base)
        with open(os.path.join(base, "c"), "w", encoding="ascii") as file:
            file.write("precious")
        daemon = self.daemon(base=base, ready=False)
        self.assertGreater(daemon.wait(), 0)
        self.assertIn(daemon.socket, daemon.stderr())
        with open(daemon.socket, encoding="ascii") as file:
            self.assertEqual(file.read(), "precious")

    def refused(self, culprit, *options):
        daemon = self.daemon(*options, ready=False)
        self.assertGreater(daemon.wait(), 0)
        self.assertIn(culprit, daemon.stderr())

    def test_an_unusable_runtime_directory_is_refused(self):
        plain = self.path("plain")
        with open(plain, "w", encoding="ascii"):
            pass
        for path in (plain, plain + "/sub", "/proc/none", "/dev/null"):
            with self.subTest(path=path):
                self.refused(path, "--runtime-dir", path)
                self.refused(path, "--state-dir", path)

    def test_a_socket_path_that_is_too_long_is_refused(self):
        for size in (108, 200, 5000):
            path = self.dir + "/" + "s" * (size - len(self.dir) - 1)
            self.refused("socket", "--socket", path)
        path = self.dir + "/" + "s" * (107 - len(self.dir) - 1)
        self.assertEqual(len(path), 107)
        daemon = self.daemon("--socket", path, ready=False)
        daemon.socket = path
        daemon.await_ready()
        self.says(daemon, "Ok: -1", "pingall")

    def test_a_socket_in_a_missing_directory_is_refused(self):
        path = self.path("none/at/all")
        self.refused(path, "--socket", path)

    def test_a_too_long_socket_path_is_an_error_of_the_client_too(self):
        done = subprocess.run([dtreectl_path(), "--socket", "/tmp/" + "s" * 200, "pingall"],
                              env=self.env, capture_output=True, check=False, timeout=60)
        self.assertIn(done.returncode, (2, 3))
        self.assertNotEqual(done.stderr, b"")


if __name__ == "__main__":
    main()
