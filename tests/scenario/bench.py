#!/usr/bin/python3 -B
"""The benchmark: its table, its file, its comparison; not the figures."""

import json
import os

from lib.harness import Case, main
from lib.programs import run

BENCH = os.path.join(os.environ.get("DTREE_BUILDDIR") or os.getcwd(), "tests", "bench")


class Bench(Case):
    def bench(self, *options):
        return run(self, [os.path.join(BENCH, "bench"), "--quick", *options])

    def measured(self, name, *options):
        """That row alone: the file, what it says of the row, the table."""
        path = self.path("bench.json")
        done = self.bench("--only", name, "--json", path, *options)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        with open(path, encoding="utf-8") as file:
            row, = json.load(file)["rows"]
        self.assertEqual(row["name"], name)
        return path, row, done.stdout

    def test_a_row_stands_beside_its_floor(self):
        _, row, table = self.measured("round trip, depth 2")
        self.assertRegex(table, rf"round trip, depth 2 \[us\] +{row['dtree']['median']:.1f} .* m")
        self.assertGreater(row["dtree"]["count"], 0)
        self.assertGreater(row["dtree"]["median"], 0)
        self.assertGreaterEqual(row["dtree"]["p99"], row["dtree"]["median"])
        self.assertAlmostEqual(row["ratio"], row["dtree"]["median"] / row["floor"]["median"], 2)

    def test_a_run_is_compared_with_an_earlier_one(self):
        path, _, _ = self.measured("pipelined 64, depth 1")
        _, _, table = self.measured("pipelined 64, depth 1", "--compare", path)
        self.assertIn("beside the run of the earlier file", table)

    def test_what_cannot_be_is_refused(self):
        self.assertEqual(self.bench("--fast").returncode, 2)
        done = self.bench("--compare", self.path("nothing"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("nothing", done.stderr)


if __name__ == "__main__":
    main()
