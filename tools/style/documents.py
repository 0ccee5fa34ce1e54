"""Rules on documents: what they point to is there, and they name what is there."""

import fnmatch
import posixpath
import re

from style.tree import Finding

_FENCE = re.compile(r"^\s*(```|~~~)")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)|^\[[^\]]+\]:\s*(\S+)")
_NAMED_PATH = re.compile(r"`((?:src|tests|tools|docs|cmake|benchmarks|deploy|web|\.ci)/[^`\s]*)`")
DOCUMENTS = r".*\.md$"


def prose(tree, path):
    """(number, line) of a Markdown file outside code fences."""
    fenced = False
    for number, line in tree.lines(path):
        if _FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            yield number, line


def anchors(tree, path):
    """The anchors that a Markdown file's headings make, as GitHub spells them."""
    found, seen = set(), {}
    for _, line in prose(tree, path):
        heading = re.match(r"#{1,6}\s+(.*?)\s*#*$", line)
        if heading is None:
            continue
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.group(1)).lower()
        slug = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        count = seen.get(slug, 0)
        seen[slug] = count + 1
        found.add(f"{slug}-{count}" if count else slug)
    return found


def check_links(tree):
    """Relative links lead to a file, and to a heading of it."""
    for path in tree.paths(DOCUMENTS):
        for number, line in prose(tree, path):
            for match in _LINK.finditer(re.sub(r"`[^`]*`", "``", line)):
                target = match.group(1) or match.group(2)
                if re.match(r"[a-z]+:", target):
                    continue
                file, _, anchor = target.partition("#")
                folder = posixpath.dirname(path)
                full = posixpath.normpath(posixpath.join(folder, file)) if file else path
                if not tree.exists(full):
                    yield Finding(path, number, "links", f"{target} leads nowhere")
                elif anchor and full.endswith(".md") and anchor not in anchors(tree, full):
                    yield Finding(path, number, "links", f"{full} has no heading #{anchor}")


def check_named_paths(tree):
    """A path in backticks exists; one with * names at least one file, <...> and NNNN any."""
    for path in tree.paths(DOCUMENTS):
        for number, line in prose(tree, path):
            for match in _NAMED_PATH.finditer(line):
                name = match.group(1)
                if re.search(r"[<>{]|NNNN|NAME", name):
                    continue
                if "*" in name:
                    known = any(fnmatch.fnmatch(file, name) for file in tree.files)
                else:
                    known = tree.exists(name)
                if not known:
                    yield Finding(path, number, "named_paths", f"{name} is not there")


def check_folders(tree):
    """ARCHITECTURE.md has a paragraph for every folder of src/ and for no other."""
    document = "ARCHITECTURE.md"
    if document not in tree.files:
        yield Finding(document, 0, "folders", "is missing")
        return
    described = {}
    for number, line in prose(tree, document):
        match = re.match(r"\*\*`src/([\w/]+)`\*\*", line)
        if match:
            described[match.group(1)] = number
    present = {path[len("src/"):].rpartition("/")[0] for path in tree.paths(r"src/.*/")}
    present = {folder for folder in present if not folder.endswith("migrations")}
    for folder in sorted(present - set(described)):
        yield Finding(document, 0, "folders", f"no paragraph begins with **`src/{folder}`**")
    for folder in sorted(set(described) - present):
        yield Finding(document, described[folder], "folders", f"src/{folder} is not there")


def check_document_length(tree):
    """README is read in one go, ARCHITECTURE in one sitting."""
    for path, limit in (("README.md", 120), ("ARCHITECTURE.md", 250)):
        count = len(tree.files.get(path, "").splitlines())
        if count > limit:
            yield Finding(path, 0, "document_length", f"{count} lines, at most {limit}")


def check_rules_named(tree, rule_names):
    """Every rule of CONTRIBUTING.md names its check or says "review", and every check is there."""
    document = "CONTRIBUTING.md"
    text = tree.files.get(document, "")
    named, within = set(), False
    for number, line in prose(tree, document) if text else ():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            within = False
        elif cells[-1] == "checked by":
            within = True
        elif within and not set(cells[0]) <= set("-: "):
            if not cells[-1]:
                yield Finding(document, number, "rules_named", "a rule without check or `review`")
            for names in re.findall(r"style: ([\w, ]+)", cells[-1]):
                for name in (word.strip() for word in names.split(",")):
                    named.add(name)
                    if name not in rule_names:
                        yield Finding(document, number, "rules_named", f"there is no check {name}")
    for name in sorted(set(rule_names) - named):
        yield Finding(document, 0, "rules_named", f"no rule names the check {name}")
