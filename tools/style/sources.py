"""Rules on the text of sources: sizes, leftovers, headers, tests that do not run."""

import ast
import re

from style import cpp
from style.tree import Finding

COLUMNS_MAX = 100
FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 70
SOURCES = (r"(?!tests/.*/(samples|corpus)/).*"
           r"(\.(cc|h|py|cmake|sql|sh|ts|m?js|css|toml)|CMakeLists\.txt)$"
           r"|(run|test|\.ci/run)$|tools/[^.]*$")
CPP = r"(src|tests|benchmarks)/.*\.(cc|h)$"


def check_size(tree):
    """Lines of at most 100 columns, files of at most 600 lines, functions of at most 70."""
    for path in tree.paths(SOURCES):
        count = 0
        for count, line in tree.lines(path):
            if len(line) > COLUMNS_MAX:
                yield Finding(path, count, "size", f"{len(line)} columns, at most {COLUMNS_MAX}")
        if count > FILE_LINES_MAX:
            yield Finding(path, 0, "size", f"{count} lines, at most {FILE_LINES_MAX}: two ideas?")
        for line, length in _functions(tree, path):
            if length > FUNCTION_LINES_MAX:
                yield Finding(path, line, "size",
                              f"a function of {length} lines, at most {FUNCTION_LINES_MAX}")


def _functions(tree, path):
    if re.match(CPP, path):
        yield from cpp.functions(tree.files[path])
    elif path.endswith(".py"):
        for node in ast.walk(ast.parse(tree.files[path])):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield node.lineno, node.end_lineno - node.lineno + 1


def check_header_beginning(tree):
    """A header begins with #pragma once and then says what it is for."""
    for path in tree.paths(r"(src|tests|benchmarks)/.*\.h$"):
        lines = tree.files[path].splitlines() + ["", ""]
        if lines[0] != "#pragma once":
            yield Finding(path, 1, "header_beginning", "the first line must be #pragma once")
        elif not lines[1].startswith("// "):
            yield Finding(path, 2, "header_beginning", "the second line must say what it is for")


_CPP_CODE = re.compile(
    r"^//+\s*(?:"
    r"#\s*(?:include|define|if|endif)\b.*"
    r"|(?:return|delete|throw)\b.*;"
    r"|(?:if|for|while|switch)\s*\(.*[;{]"
    r"|(?:TEST|TEST_P|TEST_F|EXPECT_\w+|ASSERT_\w+)\(.*"
    r"|[\w:<>,*&\s]+\s[\w.>\[\]-]+\s*=\s*[^=].*;"
    r"|[\w:.>-]+\(.*\);"
    r"|.*\)\s*(?:const\s*)?\{"
    r"|\}[;,]?"
    r")\s*$")
_SQL_CODE = re.compile(r"^--\s*(?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|MERGE)\b.*;\s*$")


def check_commented_out_code(tree):
    """Code that does not run is gone: git keeps it."""
    for path in tree.paths(CPP + r"|src/.*\.sql$"):
        pattern = _SQL_CODE if path.endswith(".sql") else _CPP_CODE
        for number, line in tree.lines(path):
            if pattern.match(line.strip()):
                yield Finding(path, number, "commented_out_code", "commented-out code")


def check_leftovers(tree):
    """Nothing is left for later in the sources: an issue keeps it, where people look."""
    for path in tree.paths(r"(?!tests/style/|tools/style/)"):
        for number, line in tree.lines(path):
            word = re.search(r"\b(TODO|FIXME|HACK)\b", line)
            if word and not re.search(r"[Nn]o `?TODO", line):
                yield Finding(path, number, "leftovers", f"{word.group(1)}: open an issue instead")


def check_switched_off_tests(tree):
    """A test runs, or says on the spot why it cannot."""
    for path in tree.paths(r"tests/.*\.cc$"):
        code = cpp.code_only(tree.files[path])
        for match in re.finditer(r"\bDISABLED_\w+", code):
            yield Finding(path, code.count("\n", 0, match.start()) + 1, "switched_off_tests",
                          f"{match.group(0)} never runs: delete it or make it pass")
        for match in re.finditer(r"\bGTEST_SKIP\(\)(?!\s*<<)", code):
            yield Finding(path, code.count("\n", 0, match.start()) + 1, "switched_off_tests",
                          "GTEST_SKIP() without << and a reason")


def check_orphans(tree):
    """Every test runs: the build globs folders, so it is folders that are checked."""
    text = re.sub(r"#[^\n]*", "", tree.files.get("tests/CMakeLists.txt", ""))
    folders = set(re.findall(r"tidemark_test\(\s*([\w/]+)", text))
    for path in tree.paths(r"tests/.*\.(cc|py)$"):
        folder, _, name = path[len("tests/"):].rpartition("/")
        if folder == "support" or folder.startswith("fuzz"):
            continue
        if name.endswith("_test.py"):
            if f"{folder}/{name}" not in text and f"tests/{folder}/{name}" not in text:
                yield Finding(path, 0, "orphans", "tests/CMakeLists.txt does not name it")
        elif name.endswith(".cc") and folder not in folders:
            yield Finding(path, 0, "orphans",
                          f"tests/CMakeLists.txt has no tidemark_test({folder} ...)")
    for path in tree.paths(r"tests/.*_test\.mjs$"):
        name = path[len("tests/"):]
        if name not in text and f"{name.rpartition('/')[0]}/*_test.mjs" not in text:
            yield Finding(path, 0, "orphans", "tests/CMakeLists.txt does not name it")
    for folder in sorted(folders):
        if not tree.paths(rf"tests/{folder}/[^/]*_test\.cc$"):
            yield Finding("tests/CMakeLists.txt", 0, "orphans", f"{folder} has no *_test.cc")
