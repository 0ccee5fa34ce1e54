"""What C++ text says once comments and strings are told apart from code."""

import re

_TOKEN = re.compile(
    r'//[^\n]*'
    r'|/\*.*?\*/'
    r'|R"(?P<delimiter>[^()\\\s]{0,16})\(.*?\)(?P=delimiter)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'",
    re.DOTALL)
_CONTROL = re.compile(r"^(?:\}?\s*)(?:if|else|for|while|switch|catch|do|try)\b")


def code_only(text):
    """The same text with comments and the insides of strings blanked; lines stay where they are."""
    def blank(match):
        token = match.group(0)
        blanked = re.sub(r"[^\n]", " ", token)
        return blanked if token.startswith("/") else '"' + blanked[1:-1] + '"'

    return _TOKEN.sub(blank, text)


def includes(text):
    """(line, name, quoted) of each #include; quoted: "..." rather than <...>."""
    for number, line in enumerate(text.splitlines(), start=1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if match:
            yield number, match.group(2), match.group(1) == '"'


def functions(text):
    """(first line, line count) of each function body that is not inside another function.

    A heuristic: a brace opens a function when a parameter list stands before it and no control word
    begins the statement. Bodies are counted from the brace's line to its closing one.
    """
    code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group(0)),
                  code_only(text), flags=re.MULTILINE)
    depth, opened_at, first_line = 0, None, 0
    statement, line = "", 1
    for character in code:
        if character == "\n":
            line += 1
        if character == "{":
            opens = "(" in statement and not _CONTROL.match(statement.strip())
            opens = opens and not re.search(r"[=,(]\s*$", statement)
            if opened_at is None and opens:
                opened_at, first_line = depth, line
            depth += 1
            statement = ""
        elif character == "}":
            depth -= 1
            if opened_at == depth:
                yield first_line, line - first_line + 1
                opened_at = None
            statement = ""
        elif character == ";":
            statement = ""
        else:
            statement += character
