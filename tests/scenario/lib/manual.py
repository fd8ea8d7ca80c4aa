"""The documents as their readers see them: their examples, and the names that they define."""

import pathlib
import re

TOP = pathlib.Path(__file__).resolve().parents[3]
DOCUMENTS = ("README.md", "man/dtreectl.1", "man/dtreed.8", "man/dtree-protocol.7",
             "man/dtree-services.7", "man/dtree-exporter.8", "man/dtree.7")
# Characters that mdoc spells (mandoc_char(7)).
SPELLED = {r"\e": "\\", r"\-": "-", r"\&": "", r"\(dq": '"', r"\(aq": "'",
           r"\ ": " "}


class Block:
    """An example: where it stands, and its lines as they are shown. In a list its heads are those
    of the outermost item around it, of which several may share one text."""

    def __init__(self, document, line, section, heads=()):
        self.document = document
        self.line = line
        self.section = section
        self.heads = list(heads)
        self.lines = []

    def __str__(self):
        return f"{self.document}:{self.line} ({self.lines[0]})"

    def text(self):
        return "\n".join(self.lines) + "\n"

    def name(self):
        stem = pathlib.PurePath(self.document).name
        return re.sub(r"\W+", "_", f"{stem} {self.line} {self.section}").lower()


def read(document):
    return (TOP / document).read_text(encoding="utf-8")


def makefiles(path="Makefile.am"):
    """A makefile with those that it includes; %D% is the directory of each."""
    text = read(path).replace("%D%", str(pathlib.PurePath(path).parent))
    return re.sub(r"(?m)^include (\S+)$", lambda found: makefiles(found[1]), text)


def spelled(text):
    """A line of mdoc as it is shown."""
    return re.sub(r"\\(?:\([ad]q|[e&\- ])", lambda found: SPELLED[found[0]], text)


class Heads:
    """The heads of the outermost list item that a line of mdoc stands in."""

    def __init__(self):
        self.depth = 0
        self.heads = []
        self.open = False

    def feed(self, line):
        if line.startswith(".It ") and self.depth == 1:
            self.heads = [*(self.heads if self.open else []), line[4:]]
            self.open = True
        else:
            self.open = False
        self.depth += line.startswith(".Bl ") - line.startswith(".El")
        if not self.depth:
            self.heads = []


def logical_lines(document):
    """Lines with their numbers; one that ends with a backslash goes on in the next (roff(7))."""
    begun = ""
    for number, line in enumerate(read(document).splitlines(), 1):
        if line.endswith("\\"):
            begun += line[:-1]
        else:
            yield number, begun + line
            begun = ""


def mdoc_blocks(document):
    """What stands between .Bd -literal and .Ed, and behind .Dl."""
    block = None
    section = ""
    heads = Heads()
    for number, line in logical_lines(document):
        heads.feed(line)
        if block and line != ".Ed":
            block.lines.append(spelled(line))
        elif block:
            yield block
            block = None
        elif line.startswith(".Bd -literal"):
            block = Block(document, number, section, heads.heads)
        elif line.startswith(".Dl "):
            single = Block(document, number, section, heads.heads)
            single.lines.append(spelled(line[4:]))
            yield single
        elif line.startswith((".Sh ", ".Ss ")):
            section = line[4:]


def markdown_blocks(document):
    """Fenced blocks and indented ones."""
    block = None
    section = ""
    fenced = False
    before = ""
    for number, line in enumerate([*read(document).splitlines(), ""], 1):
        indented = line.startswith("    ")
        if line.startswith("```"):
            if block:
                yield block
            block = None if fenced else Block(document, number, section)
            fenced = not fenced
        elif fenced:
            block.lines.append(line)
        elif indented and (block or not before):
            block = block or Block(document, number, section)
            block.lines.append(line[4:])
        elif block and line:
            yield block
            block = None
        elif block:
            block.lines.append("")
        elif line.startswith("#"):
            section = line.strip("# ")
        before = line
    if block:
        yield block


def blocks(document):
    """The examples of a document."""
    found = markdown_blocks(document) if document.endswith(".md") else mdoc_blocks(document)
    for block in found:
        while not block.lines[-1]:
            block.lines.pop()
        yield block
