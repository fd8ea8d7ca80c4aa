"""The examples of dtreed(8) that need a systemd, from the page that is installed."""

import re

from machine import Case, run

PAGE = "/usr/share/man/man8/dtreed.8"
FIRST = ".Ss The first hour"


def spelled(line):
    """As a reader sees it (mandoc_char(7))."""
    return line.replace(r"\e", "\\").replace(r"\-", "-").replace(r"\&", "")


def steps(page):
    """The commands of the example behind that head, each with its output."""
    lines = page.partition(FIRST + "\n")[2].partition(".Bd -literal")[2].partition("\n.Ed")[0]
    found = []
    for line in map(spelled, lines.splitlines()[1:]):
        if line.startswith("# "):
            found.append([line[2:], []])
        elif found[-1][0].endswith("\\"):
            found[-1][0] += "\n" + line
        else:
            found[-1][1].append(line)
    return found


class Manual(Case):
    def tearDown(self):
        run("rm", "-rf", "/etc/dtree/dtreed.conf.d")
        super().tearDown()

    def test_the_first_hour_goes_as_the_page_says(self):
        with open(PAGE, encoding="utf-8") as file:
            found = steps(file.read())
        self.assertGreater(len(found), 10)
        for command, output in found:
            came = run("sh", "-c", command, check=False)
            form = "".join(re.escape(line).replace("3128", r"\d+") + "\n" for line in output)
            self.assertRegex(came.stdout, rf"\A{form}\Z", f"{command}: {came}")
