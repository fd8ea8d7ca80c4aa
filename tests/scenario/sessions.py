#!/usr/bin/python3 -B
"""Whole sessions, word for word."""

import json

from lib.harness import Case, main
from lib.programs import dtreectl_path, run

BALANCED_SUM = [
    ("create 1", "P"), ("ping 1", "Ok: 1"), ("create 4", "P"), ("ping 4", "Ok: 1"),
    ("exec 1 4 1 2 3 4", "Ok:1: 10"), ("exec 4 2 3 4", "Ok:4: 7"),
    ("exec 2 1 4", "Error:2: Not found")]
BST_DICT = [
    ("exec 10 X", "Error:10: Not found"), ("create 8", "P"), ("exec 8 X", "Ok:8: 'X' not found"),
    ("exec 8 X 16", "Ok:8"), ("exec 8 X", "Ok:8: 16"), ("create 11", "P"), ("create 6", "P"),
    ("create 13", "P"), ("create 9", "P"), ("exec 11 X 11", "Ok:11"), ("exec 9 X 18", "Ok:9"),
    ("ping 11", "Ok: 1"), ("ping 21", "Error: Not found")]
BST_SUM = [
    ("create 10", "P"), ("create 20", "P"), ("create 30", "P"), ("kill 30", "Ok"),
    ("pingall", "Ok: -1"), ("exec 10 4 10 10 10 5", "Ok:10: 35"), ("exit", None)]
WHOLE = {"balanced_sum": ("balanced", "sum", BALANCED_SUM), "bst_dict": ("bst", "dict", BST_DICT),
         "bst_sum": ("bst", "sum", BST_SUM)}


class Sessions(Case):
    def test_the_examples_of_every_service_hold(self):
        cases = {"sum": [("exec 10 3 1 2 3", "Ok:10: 6")],
                 "dict": [("exec 10 MyVar", "Ok:10: 'MyVar' not found"),
                          ("exec 10 MyVar 5", "Ok:10"), ("exec 10 MyVar", "Ok:10: 5")],
                 "search": [("exec 10\nabracadabra\nabra", "Ok:10: 0;7")]}
        for service, steps in cases.items():
            shell = self.private("--service", service)
            self.dialogue(shell, [("create 10", "P"), *steps])
            self.assertEqual(shell.finish(), ([], 0))

    def test_as_json_each_answer_has_the_line_of_its_command(self):
        """Whatever the order; and an error has its node."""
        lines = ["", "create 10 --service search", "create 20 10", "", "exec 10", "abracadabra", "abra", "ping 11",
                 "start 30 31", "exec 20 " + "1 " * 200000, "ping @none", "ping 5x", "nothing", "exec 20 1 7"]
        done = run(self, [dtreectl_path(), "--json", "shell", "--private"], stdin="\n".join(lines))
        answers = {}
        for answer in map(json.loads, done.stdout.splitlines()):
            answers.setdefault(answer["line"], []).append(answer)
        self.assertEqual(sorted(answers), [2, 3, 5, 8, 9, 10, 11, 12, 13, 14])
        self.assertEqual([answers[5][0]["result"], answers[14][0]["result"]], ["0;7", "7"])
        self.assertEqual([answer.get("id") for answer in answers[9]], [30, 31])
        self.assertEqual([answers[i][0].get("id") for i in (2, 3, 8, 10, 11, 12, 13)],
                         [10, 20, 11, 20, "@none", None, None])
        for i in (8, 10, 11, 12, 13):
            self.assertLess(answers[i][0]["code"], 0)

    def test_a_timer_runs_goes_on_and_stands_still(self):
        shell = self.private("--service", "timer")
        self.dialogue(shell, [("create 10", "P"), ("exec 10 time", "Ok:10: 0"),
                              ("exec 10 start", "Ok:10"), ("exec 10 start", "Ok:10")])

        def time():
            line = shell.ask("exec 10 time")
            self.assertRegex(line, r"^Ok:10: \d+$")
            return int(line[7:])
        first = time()
        while time() <= first + 5:
            pass
        self.ask(shell, "exec 10 stop", "Ok:10")
        stood = time()
        self.assertGreater(stood, first)
        self.assertEqual(time(), stood)
        self.ask(shell, "exec 10 start", "Ok:10")
        while time() <= stood:
            pass

    def test_nodes_of_different_services_live_in_one_tree(self):
        shell = self.private("--service", "dict")
        self.dialogue(shell, [
            ("create 1", "P"), ("create 2 1 --service sum", "P"),
            ("create 3 2 --service search", "P"), ("create 4 3 --service timer", "P"),
            ("create 5 4", "P"), ("exec 1 a 7", "Ok:1"), ("exec 2 2 3 4", "Ok:2: 7"),
            ("exec 3\nbanana\nan", "Ok:3: 1;3"), ("exec 4 time", "Ok:4: 0"),
            ("exec 5 a", "Ok:5: 'a' not found"), ("exec 1 a", "Ok:1: 7"),
            ("create 6 --service none", "Error: …"), ("ping 6", "Error: Not found")])

    def test_a_bare_exec_takes_two_lines_only_where_the_node_searches(self):
        shell = self.private("--service", "sum")
        self.dialogue(shell, [
            ("create 1", "P"), ("create 2 --service search", "P"), ("exec 1", "Error:1: …"),
            ("exec 2\nexec 1 1 5\nexec", "Ok:2: 0"), ("exec 1 1 5", "Ok:1: 5")])

    def test_another_sessions_search_node_takes_its_two_lines_too(self):
        daemon = self.daemon("--service", "sum")
        self.says(daemon, "P", "create", 1, "--service", "search")
        shell = self.shell(daemon=daemon)
        self.dialogue(shell, [("exec 1\nping 1\nping", "Ok:1: 0"), ("ping 1", "Ok: 1")])

    def test_search_takes_its_two_lines_even_when_the_node_is_missing(self):
        shell = self.private("--service", "search")
        self.dialogue(shell, [
            ("exec 9\ncreate 1\ncreate 2", "Error:9: Not found"), ("ping 1", "Error: Not found"),
            ("create 1", "P"), ("exec 1\nab ab\n ab", "Ok:1: 2")])

    def test_a_malformed_id_takes_no_lines(self):
        shell = self.private("--service", "search")
        self.dialogue(shell, [("exec 5x", "Error…"), ("create 1", "P"), ("exec 1.5", "Error…"),
                              ("ping 1", "Ok: 1")])

    def test_the_searched_lines_keep_their_blanks(self):
        shell = self.private("--service", "search")
        self.dialogue(shell, [("create 1", "P"), ("exec 1\n  a  b  \n  ", "Ok:1: 0;3;6"),
                              ("exec 1\na\tb\n\t", "Ok:1: 1"), ("exec 1\n\na", "Ok:1: -1"),
                              ("exec 1\nжaж\nж", "Ok:1: 0;3")])

    def test_a_list_moves_what_stood_there_behind_the_new_node_with_its_data(self):
        daemon = self.daemon("--topology", "list", "--service", "dict")
        shell = self.shell(daemon=daemon)
        pids = {}
        for node, parent in ((1, -1), (2, 1), (3, 2)):
            pids[node] = self.create(shell, node, parent)
            self.ask(shell, f"exec {node} x {node * 11}", f"Ok:{node}")
        pids[4] = self.create(shell, 4, 1)
        pids[5] = self.create(shell, 5)
        client = self.client(daemon)
        self.assertEqual(client.parents(), {5: -1, 1: 5, 4: 1, 2: 4, 3: 2})
        self.assertEqual(client.pids(), pids)
        self.dialogue(shell, [("pingall", "Ok: -1"), ("exec 4 x", "Ok:4: 'x' not found")])
        for node in (1, 2, 3):
            self.dialogue(shell, [(f"ping {node}", "Ok: 1"),
                                  (f"exec {node} x", f"Ok:{node}: {node * 11}")])

    def test_a_hundred_insertions_at_the_head_lose_nothing_asked_meanwhile(self):
        daemon = self.daemon("--topology", "list", "--service", "dict")
        client = self.client(daemon)
        client.call("create", id=1000)
        writes = []
        creates = []
        for node in range(40):
            creates.append(client.send("create", id=node))
            for turn in range(5):
                writes.append(client.send("exec", id=1000, args=["n", str(node * 5 + turn)]))
                writes.append(client.send("exec", id=1000, args=["n"]))
        for number in creates:
            client.wait(number)
        results = [client.wait(number)["result"] for number in writes]
        self.assertEqual(results, [x for i in range(200) for x in (None, str(i))])


def add_whole(name, topology, service, steps):
    options = ("--topology", topology, "--service", service)
    last = [step for step in steps if step[1] is None]
    spoken = [step for step in steps if step[1] is not None]

    def end(self, shell):
        for command, _ in last:
            shell.write(command + "\n")
            shell.process.wait(60)
        self.assertEqual(shell.finish(), ([], 0))

    def private_dialogue(self):
        shell = self.private(*options)
        self.dialogue(shell, spoken)
        end(self, shell)

    def daemon_dialogue(self):
        shell = self.shell(daemon=self.daemon(*options))
        self.dialogue(shell, spoken)
        end(self, shell)

    def private_in_one_write(self):
        self.script(self.private(*options), steps)

    def daemon_in_one_write(self):
        self.script(self.shell(daemon=self.daemon(*options)), steps)

    for test in (private_dialogue, daemon_dialogue, private_in_one_write,
                 daemon_in_one_write):
        setattr(Sessions, f"test_session_{name}_{test.__name__}", test)


for session, what in WHOLE.items():
    add_whole(session, *what)

if __name__ == "__main__":
    main()
