"""One word for one thing: docs/glossary.md says which words are not said."""

import re

from style.tree import Finding

GLOSSARY = "docs/glossary.md"
_EXEMPT = {GLOSSARY, "docs/decisions/README.md"}
# Names that others gave and that are spoken on the wire.
_NAMES_OF_OTHERS = re.compile(r"Idempotency-Key")
_TEXT = (r"(src|tests|tools|cmake|benchmarks|docs|web)/.*\.(cc|h|py|sql|md|cmake|ts|m?js|css)$"
         r"|[^/]*\.md$")


def unsaid(tree):
    """(word not to say, word to say) of the glossary's tables headed `say | do not say`."""
    within = False
    for line in tree.files.get(GLOSSARY, "").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            within = False
        elif cells[:2] == ["say", "do not say"]:
            within = True
        elif within and not set(cells[0]) <= set("-: "):
            for word in cells[1].split(","):
                yield word.strip().strip("`"), cells[0].strip("`")


def _pattern(word):
    """`Manager` matches within CamelCase names; a small-letter word also in snake_case ones."""
    if re.fullmatch(r"[A-Z][a-z]+", word):
        return re.compile(rf"\b[A-Za-z]*{word}s?(?![a-z])")
    if word.endswith("_"):
        return re.compile(rf"(?<![A-Za-z_]){re.escape(word)}\w+\(")
    body = r"[\s_-]".join(re.escape(part) for part in re.split(r"[\s_-]", word))
    return re.compile(rf"(?<![A-Za-z/]){body}(?:s|es)?(?![A-Za-z])", re.IGNORECASE)


def check_words(tree):
    """Names and sentences use the glossary's words."""
    if GLOSSARY not in tree.files:
        yield Finding(GLOSSARY, 0, "words", "is missing")
        return
    patterns = [(_pattern(word), word, instead) for word, instead in unsaid(tree)]
    if not patterns:
        yield Finding(GLOSSARY, 0, "words", "has no table `say | do not say`")
    for path in tree.paths(_TEXT):
        if path in _EXEMPT or path.startswith(("tests/style/", "tools/style/")):
            continue
        for number, line in tree.lines(path):
            line = _NAMES_OF_OTHERS.sub("", line)
            for pattern, word, instead in patterns:
                if pattern.search(line):
                    yield Finding(path, number, "words", f"not `{word}`: say {instead}")
