#!/usr/bin/python3 -B
"""The documents name exactly what the programs have: options, settings with their bounds and
defaults, commands, methods, events, codes, files of the source."""

import os
import re
import shlex

from lib import manual
from lib.harness import Case, main
from lib.protocol_page import items
from lib.programs import dtreectl_path, dtreed_path, run

NUMBER = re.compile(r"-?\d+")
# A path in a text: a file of the source, from the top, from src/ or from tests/.
PATH = re.compile(r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:[ch]|py|sh|[178]|md))`")
# Of a directory at run time, of an installation, a finding's own; and names that stand for others.
OUTSIDE = re.compile(r"links/|dtree/|a\.(sh|py)|.*(\b|_)[A-Z]{4}")
# The pages that are no manual.
DOCUMENTS = ("README.md", "HACKING.md", "docs/internals.md", "docs/performance.md")
PLACEHOLDERS = ("noun_verb",)
UNITS = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20}


def section(document, *names):
    """The lines of sections of a manual page, with their subsections, or of subsections."""
    found, whole, inside = [], False, False
    for line in manual.read(document).splitlines():
        if line.startswith(".Sh "):
            whole = inside = line[4:] in names
        elif line.startswith(".Ss "):
            inside = whole or line[4:] in names
        elif inside:
            found.append(line)
    return found


def constants(header):
    """The values of the numbers that a header defines."""
    found = set()
    for text in re.findall(r"(?m)^#define \w+ +\(?(?:\(\w+\))?(\d+(?: \* \d+)*)\)?(?: |$)", header):
        product = 1
        for factor in text.split(" * "):
            product *= int(factor)
        found.add(product)
    return found


def heads(document, *names):
    """The items of sections, by the first word that is a name: the head and the text."""
    return [(head, "\n".join(body)) for head, body in items(section(document, *names))]


def options(text):
    """The long options in text with mdoc's macros: Fl Fl name."""
    return set(re.findall(r"Fl Fl ([a-z-]+)", text))


class Programs(Case):
    def help_of(self, path):
        done = run(self, [path, "--help"])
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def settings(self):
        """What dtreed --help says of each option: its text."""
        parts = re.split(r"\n  --(?=[a-z])", self.help_of(dtreed_path()))[1:]
        return {re.match("[a-z-]+", part)[0]: part for part in parts}

    def test_dtreed_8_has_every_option_with_its_bounds_and_default(self):
        have = self.settings()
        page = manual.read("man/dtreed.8")
        synopsis = "\n".join(section("man/dtreed.8", "SYNOPSIS"))
        self.assertEqual(options(synopsis), set(have))
        described = {re.match(r"Fl Fl ([a-z-]+)", head)[1]: text for head, text
                     in heads("man/dtreed.8", "OPTIONS") if head.startswith("Fl Fl")}
        self.assertEqual(set(described), set(have))
        for name, said in have.items():
            text = described[name]
            if bounds := re.search(r"(\d+) to (\d+)", said):
                self.assertIn(bounds[0], text, name)
            if choice := re.search(r"^ +((?:[\w-]+, )+[\w-]+)$", said, re.MULTILINE):
                for word in choice[1].split(", "):
                    self.assertRegex(page, rf"(?m)^\.(It )?Cm .*\b{word}\b", name)
            default = re.search(r"default: (\w+)(?:, with --private (\w+))?$", said, re.MULTILINE)
            if default and default[1] not in ("none", "list"):
                tail = text.partition("Default:")[2]
                for word in filter(None, default.groups()):
                    self.assertRegex(tail, rf"\b{word}\b", f"{name}: {said}")

    def test_dtreed_8_says_of_each_setting_when_a_reload_counts(self):
        have = {}
        for name, text in self.settings().items():
            if when := re.search(r"(?m)^ +reload: (.*)$", text):
                have[name] = when[1]
        said = {}
        when = None
        for line in section("man/dtreed.8", "Reload"):
            if line.startswith(".It Cm "):
                when = line[7:]
            elif when and line.startswith(".El"):
                break
            elif when:
                said |= dict.fromkeys(options(line), when)
        self.assertEqual(said, have)

    def test_the_sample_configuration_shows_every_setting_with_its_default(self):
        sample = manual.read("systemd/dtreed.conf")
        named = re.findall(r"(?m)^#([a-z-]+) = (.*)$", sample)
        asked = run(self, [dtreed_path(), "--check-config"]).stdout
        have = dict(re.findall(r"(?m)^([a-z-]+) = (.*) ; default$", asked))
        self.assertEqual(sorted(name for name, _ in named), sorted(have), asked)
        # The places are those of root and of an installation.
        places = ("socket", "runtime-dir", "state-dir") if os.getuid() else ()
        for name, value in named:
            if name not in (*places, "worker"):
                self.assertEqual(value, have[name], name)
        path = self.fresh("conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(re.sub("(?m)^#(?=(?!worker)[a-z-]+ = )", "", sample))
        done = run(self, [dtreed_path(), "--config", path, "--check-config"])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout.count(f" ; {path}:"), len(named) - 1, done.stdout)

    def test_dtreectl_1_and_readme_have_every_command(self):
        said = self.help_of(dtreectl_path())
        rows = re.findall(r"(?m)^  ([a-z-]+(?:\|[a-z-]+)*)(?= |$)",
                          said.partition("Commands:\n")[2].partition("\n\n")[0])
        have = {name for row in rows for name in row.split("|")}
        page = heads("man/dtreectl.1", "COMMANDS")
        text = "\n".join(f"{head}\n{body}" for head, body in page)
        described = {head.split()[1] for head, _ in page}
        self.assertLessEqual(described - {"exit", "help"}, have)
        for name in have:
            self.assertRegex(text, rf"(?m)\bCm (.* )?{name}\b")
        readme = manual.read("README.md")
        for name in described - {"exit", "help"}:
            self.assertTrue(re.search(rf"`(dtreectl )?{name}\b", readme), name)
        self.assertEqual(options("\n".join(section("man/dtreectl.1", "DESCRIPTION"))) |
                         {"version", "help"},
                         set(re.findall(r"--([a-z]+)", said.partition("Commands:")[0])) |
                         {"version", "help"})

    def completed(self, *words):
        """What the tab key offers behind these words."""
        line = f"COMP_LINE={shlex.quote(' '.join(('dtreectl', *words, '')))}"
        done = run(self, ["bash", "-c", f". {manual.TOP}/completions/dtreectl; {line}; "
                          f"COMP_POINT=${{#COMP_LINE}}; _dtreectl {dtreectl_path()}; "
                          'printf "%s\\n" "${COMPREPLY[@]}"'])
        self.assertEqual(done.stderr, "")
        return set(done.stdout.split())

    def test_completion_offers_every_command_and_every_option(self):
        said = self.help_of(dtreectl_path())
        self.assertEqual({f"--{name}" for name in re.findall(r"--([a-z]+)", said.partition("Commands:")[0])},
                         self.offered("--"))
        for row in re.findall(r"(?m)^  ([a-z-]+(?:\|[a-z-]+)*)(?= |$)",
                              said.partition("Commands:\n")[2].partition("\n\n")[0]):
            for name in row.split("|"):
                self.assertIn(name, self.completed())
                usage = run(self, [dtreectl_path(), "help", name]).stdout
                self.assertLessEqual(set(re.findall(r"(?<![`\w-])--?[a-z][a-z-]*", usage)),
                                     self.offered(name, "-") | {"--"}, name)

    def offered(self, *words):
        """The same as dtreectl says it, behind these words and for the last."""
        done = run(self, [dtreectl_path(), "complete", "--", *words])
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return {line.split("\t")[0] for line in done.stdout.splitlines()}

    def test_the_manual_has_every_service_and_topology(self):
        have = self.settings()
        for name, places in (("service", (("man/dtreectl.1", "SERVICES"),)),
                             ("topology", (("man/dtreed.8", "Topologies"),))):
            words = re.search(r"\n +([a-z]+(?:, [a-z]+)+)\n", have[name])[1].split(", ")
            for document, title in places:
                self.assertEqual({head.split()[1] for head, _ in heads(document, title)},
                                 set(words))
            self.assertIn(f"{', '.join(words)}.", manual.read("systemd/dtreed.conf"))
            self.assertEqual(self.completed("shell", "--private", f"--{name}"), set(words))
            for word in words:
                self.assertTrue(re.search(rf"(?m)^\| `{word}`", manual.read("README.md")), word)


class Journal(Case):
    def test_the_catalogue_has_an_entry_for_each_fact(self):
        """And dtreed(8) has its name, and each name of an event is that of a fact."""
        facts = dict(re.findall(r'\[FACT_\w+\] = \{"(\w+)",\s*"(\w+)"\}', manual.read("src/base/fact.c")))
        self.assertGreater(len(facts), 15)
        entries = re.findall(r"(?m)^-- (\w+)\nSubject: .+\nDefined-By: dtree\n"
                             r"Documentation: man:dtreed\(8\)\n\n\S", manual.read("systemd/dtree.catalog"))
        self.assertEqual(sorted(facts.values()), sorted(entries))
        page = " ".join(section("man/dtreed.8", "The journal"))
        for name in facts:
            self.assertRegex(page, rf"\b{name}\b")
        events = re.findall(r'= "(\w+)"', manual.read("src/controller/node/event.c"))
        # What is made for one reader is no fact.
        self.assertLessEqual(set(events) - {"events_dropped"}, set(facts))


class Protocol(Case):
    def test_the_page_has_every_method_with_its_parameters(self):
        client = self.client(self.daemon())
        have = {method["name"]: [(param["name"], bool(param.get("required")))
                                 for param in method["params"]]
                for method in client.call("rpc.discover")["methods"]}
        described = {}
        for head, _ in heads("man/dtree-protocol.7", "METHODS"):
            words = head.split()
            optional, params = False, []
            for word in words[2:]:
                if word in ("Oo", "Op"):
                    optional = True
                elif word == "Oc":
                    optional = False
                elif word != "Ar":
                    params.append((word, not optional))
            described[words[1]] = params
        self.assertEqual(described, have)

    def test_the_page_has_every_event(self):
        daemon = self.daemon()
        error = self.client(daemon).error("subscribe", types=["none"])
        have = set(re.findall(r"[a-z]+(?:_[a-z]+)+|audit", error.message.partition("there are")[2]))
        self.assertTrue(have)
        self.assertEqual({head.split()[1] for head, _ in
                          heads("man/dtree-protocol.7", "EVENTS")}, have)

    def test_the_page_and_the_header_have_the_same_codes(self):
        header = dict(re.findall(r"DTREE_(\w+) = (-32\d+)", manual.read("include/dtree/client.h")))
        page = {head.split()[2]: head.split()[1] for head, _ in
                heads("man/dtree-protocol.7", "ERROR CODES")}
        self.assertEqual({name: code for name, code in page.items() if int(code) > -32100},
                         header)


class Source(Case):
    def test_files_that_the_documents_name_are_there(self):
        tops = [manual.TOP, manual.TOP / "src", manual.TOP / "tests"]
        missing = []
        for document in (*DOCUMENTS, "findings/README.md"):
            for path in PATH.findall(manual.read(document)):
                found = any((top / path).exists() for top in
                            [*tops, (manual.TOP / document).parent])
                # A name without its directory.
                found = found or "/" not in path and list(manual.TOP.glob(f"[s-t]*/**/{path}"))
                if not found and not OUTSIDE.match(path):
                    missing.append(f"{document}: {path}")
        self.assertEqual(missing, [])

    def test_functions_and_constants_that_the_developers_pages_name_are_there(self):
        source = "\n".join(path.read_text(encoding="utf-8") for folder in ("src", "include")
                           for path in (manual.TOP / folder).glob("**/*.[ch]"))
        text = manual.read("HACKING.md") + manual.read("docs/internals.md")
        missing = [name for name in re.findall(r"`([a-z_]+)\(\)`", text)
                   if name not in PLACEHOLDERS and not re.search(rf"\b{name}\(", source)]
        missing += [name for name in re.findall(r"`([A-Z]+_[A-Z_]+)`", text)
                    if name not in source]
        self.assertEqual(missing, [])

    def test_the_bounds_that_are_listed_are_those_of_the_source(self):
        """Where a row of the table names a header, its numbers are constants there."""
        table = manual.read("docs/internals.md").partition("## Bounds")[2].partition("\n## ")[0]
        rows = re.findall(r"(?m)^\| .*\(`((?:\w+/)+\w+\.h)`\) \| (.*?) \|", table)
        self.assertTrue(rows)
        for header, bounds in rows:
            # Another one may stand behind a number.
            headers = [header, *re.findall(r"`((?:\w+/)+\w+\.h)`", bounds)]
            have = set().union(*(constants(manual.read(f"src/{name}")) for name in headers))
            for number, unit in re.findall(r"\b(\d+)(?: (KiB|MiB))?", bounds):
                self.assertIn(int(number) * UNITS[unit], have, f"{header}: {bounds}")

    def test_each_scenario_runs_alone(self):
        listed = re.findall(r"(?m)^SCENARIOS \+=((?:.*\\\n)+.*)", manual.makefiles())
        paths = re.findall(r"tests/\S+\.py", " ".join(listed))
        self.assertIn("tests/chaos/chaos.py", paths)
        self.assertIn("tests/scenario/documents.py", paths)
        for path in paths:
            self.assertTrue(os.access(manual.TOP / path, os.X_OK), path)

    def test_every_finding_is_listed(self):
        """In the table of findings, and in what is distributed."""
        table, listed = manual.read("findings/README.md"), manual.makefiles().split()
        for path in (manual.TOP / "findings").glob("*-*.sh"):
            self.assertIn(f"| `{path.name}` |", table)
            self.assertIn(f"findings/{path.name}", listed)

    def test_links_between_documents_lead_somewhere(self):
        for document in DOCUMENTS:
            for target in re.findall(r"\]\(([^)#:]+)\)", manual.read(document)):
                self.assertTrue(((manual.TOP / document).parent / target).exists(), target)

    def test_hacking_names_targets_of_make(self):
        makefile = manual.makefiles()
        named = set(re.findall(r"(?m)(?:^    |`|, )make ([a-z-]+)", manual.read("HACKING.md") +
                               manual.read("docs/internals.md")))
        self.assertIn("chaos", named)
        for target in named - {"check", "dist", "distcheck"}:
            self.assertTrue(re.search(rf"(?m)^{target}:", makefile), target)


if __name__ == "__main__":
    main()
