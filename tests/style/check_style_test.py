#!/usr/bin/env python3
"""Every rule of tools/check_style.py finds its bad example and leaves the good one alone."""

import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools"))

import check_style  # noqa: E402
from style import cpp, documents, layers  # noqa: E402
from style.tree import Tree  # noqa: E402

LAYERS = """
tidemark_library(base PUBLIC x)
tidemark_library(domain DEPENDS base PRIVATE fmt::fmt)
tidemark_library(store DEPENDS domain)
tidemark_library(cli DEPENDS store PRIVATE y)
"""
GLOSSARY = """
| say | do not say |
|---|---|
| subject | tenant, end user |
| what the type does | `Manager` |
| a verb that says what | `process_` |
"""
LONG_FUNCTION = "int f() {\n" + "    g();\n" * 69 + "}\n"


def found(rule, files, executable=()):
    """(path, line) of what the rule finds."""
    return [(finding.path, finding.line)
            for finding in check_style.RULES[rule](Tree(files, executable))]


# rule, what is wrong, the files, where it is found. Files of a good example: nothing is found.
CASES = [
    ("layers", "an upper layer", {
        "CMakeLists.txt": LAYERS, "src/domain/a.cc": '#include "store/store.h"\n',
        "src/store/store.h": ""}, [("src/domain/a.cc", 1)]),
    ("layers", "a layer below by way of another is good", {
        "CMakeLists.txt": LAYERS, "src/store/a.cc": '#include "base/b.h"\n#include "store/c.h"\n',
        "src/base/b.h": "", "src/store/c.h": ""}, []),
    ("layers", "a path from the file's own folder", {
        "CMakeLists.txt": LAYERS, "src/store/a.cc": '#include "c.h"\n', "src/store/c.h": ""},
     [("src/store/a.cc", 1)]),
    ("layers", "a folder without a library", {
        "CMakeLists.txt": LAYERS, "src/stray/a.cc": ""}, [("src/stray/a.cc", 0)]),
    ("layers", "main.cc past the command line", {
        "CMakeLists.txt": LAYERS, "src/main.cc": '#include "store/c.h"\n', "src/store/c.h": ""},
     [("src/main.cc", 1)]),
    ("third_party_headers", "an adapter's library elsewhere", {
        "src/report/a.cc": "#include <sqlite3.h>\n"}, [("src/report/a.cc", 1)]),
    ("third_party_headers", "an adapter's library in a header", {
        "src/store/sqlite/a.h": "#include <sqlite3.h>\n"}, [("src/store/sqlite/a.h", 1)]),
    ("third_party_headers", "in the adapter's source is good", {
        "src/store/sqlite/a.cc": "#include <sqlite3.h>\n"}, []),
    ("third_party_headers", "a private header that shows a library is good", {
        "src/http/stream.h": "#include <boost/asio.hpp>\n",
        "src/http/server.cc": '#include "http/stream.h"\n'}, []),
    ("third_party_headers", "a private header in another header", {
        "src/http/stream.h": "#include <boost/asio.hpp>\n",
        "src/http/server.h": '#include "http/stream.h"\n'}, [("src/http/server.h", 1)]),
    ("first_include", "another header first", {
        "src/store/a.h": "", "src/store/a.cc": '#include <string>\n#include "store/a.h"\n'},
     [("src/store/a.cc", 1)]),
    ("first_include", "own header first is good", {
        "src/store/a.h": "", "src/store/a.cc": '#include "store/a.h"\n#include <string>\n'}, []),
    ("size", "a long line", {"src/a.cc": "x" * 101}, [("src/a.cc", 1)]),
    ("size", "a long line of a page", {"web/src/a.ts": "x" * 101}, [("web/src/a.ts", 1)]),
    ("size", "a line of 100 is good", {"src/a.cc": "x" * 100}, []),
    ("size", "a long file", {"src/a.cc": "x\n" * 601}, [("src/a.cc", 0)]),
    ("size", "a long function", {"src/a.cc": LONG_FUNCTION}, [("src/a.cc", 1)]),
    ("size", "a long python function", {"tools/a.py": "def f():\n" + "    g()\n" * 70},
     [("tools/a.py", 1)]),
    ("size", "a long table of values is good", {
        "src/a.cc": "constexpr int table[] = {\n" + "    1,\n" * 100 + "};\n"}, []),
    ("header_beginning", "no pragma", {"src/a.h": "// What it is for.\n"}, [("src/a.h", 1)]),
    ("header_beginning", "no purpose", {"src/a.h": "#pragma once\n\nint f();\n"},
     [("src/a.h", 2)]),
    ("header_beginning", "both is good", {"src/a.h": "#pragma once\n// What for.\n"}, []),
    ("commented_out_code", "a call", {"src/a.cc": "// store.fold(dataset);\n"}, [("src/a.cc", 1)]),
    ("commented_out_code", "an assignment", {"src/a.cc": "    // int x = 4;\n"},
     [("src/a.cc", 1)]),
    ("commented_out_code", "a test", {"tests/a.cc": "// TEST(A, b) {\n"}, [("tests/a.cc", 1)]),
    ("commented_out_code", "a statement of SQL", {"src/a.sql": "-- DROP TABLE x;\n"},
     [("src/a.sql", 1)]),
    ("commented_out_code", "a sentence is good", {
        "src/a.cc": "// Returns when all are done;\n// if (feed, key) is new, then it waits.\n"},
     []),
    # Wrong on purpose, as all input of this table: nothing is switched off or left to do.
    ("leftovers", "something for later", {"src/a.cc": "// TODO: all of it\n"}, [("src/a.cc", 1)]),
    ("switched_off_tests", "a disabled test", {"tests/a.cc": "TEST(A, DISABLED_b) {\n"},
     [("tests/a.cc", 1)]),
    ("switched_off_tests", "a skip without a reason", {"tests/a.cc": "\nGTEST_SKIP();\n"},
     [("tests/a.cc", 2)]),
    ("switched_off_tests", "a skip with one is good", {
        "tests/a.cc": 'GTEST_SKIP() << "no server";\n'}, []),
    ("orphans", "a test in no target", {
        "tests/CMakeLists.txt": "# tidemark_test(unit/x)\n", "tests/unit/x/a_test.cc": ""},
     [("tests/unit/x/a_test.cc", 0)]),
    ("orphans", "a target without tests", {"tests/CMakeLists.txt": "tidemark_test(unit/x)\n"},
     [("tests/CMakeLists.txt", 0)]),
    ("orphans", "a python test that nobody runs", {
        "tests/CMakeLists.txt": "", "tests/style/a_test.py": ""}, [("tests/style/a_test.py", 0)]),
    ("orphans", "a test of a page that nobody runs", {
        "tests/CMakeLists.txt": "", "tests/unit/web/a_test.mjs": ""},
     [("tests/unit/web/a_test.mjs", 0)]),
    ("orphans", "a folder of them that is run is good", {
        "tests/CMakeLists.txt": "file(GLOB x unit/web/*_test.mjs)\n",
        "tests/unit/web/a_test.mjs": ""}, []),
    ("migrations", "a gap", {
        "src/store/x/migrations/0001_a.sql": "", "src/store/x/migrations/0003_b.sql": ""},
     [("src/store/x/migrations/0003_b.sql", 0)]),
    ("migrations", "a name without a number", {"src/store/x/migrations/first.sql": ""},
     [("src/store/x/migrations/first.sql", 0)]),
    ("machine_paths", "somebody's home", {"README.md": "cd /home/" + "ann/tidemark\n"},
     [("README.md", 1)]),
    ("links", "a file that is not there", {"README.md": "[a](docs/a.md)\n"}, [("README.md", 1)]),
    ("links", "a heading that is not there", {
        "README.md": "[a](docs/a.md#two)\n", "docs/a.md": "# One\n"}, [("README.md", 1)]),
    ("links", "a heading that is there, code and the web are good", {
        "README.md": "[a](docs/a.md#the-one) `[b](c)` [d](https://example.org)\n",
        "docs/a.md": "## The *one*\n"}, []),
    ("named_paths", "a path that is gone", {"docs/a.md": "see `src/gone.h`\n"}, [("docs/a.md", 1)]),
    ("named_paths", "a pattern that fits is good", {
        "docs/a.md": "see `src/*_log.h`, `src/<name>.h`\n", "src/a_log.h": ""}, []),
    ("folders", "a folder without paragraph, a paragraph without folder", {
        "ARCHITECTURE.md": "**`src/gone`** was.\n", "src/here/a.h": ""},
     [("ARCHITECTURE.md", 0), ("ARCHITECTURE.md", 1)]),
    ("document_length", "a long README", {"README.md": "x\n" * 121}, [("README.md", 0)]),
    ("words", "a synonym", {"docs/glossary.md": GLOSSARY, "README.md": "each tenant's usage\n"},
     [("README.md", 1)]),
    ("words", "a synonym in a name", {
        "docs/glossary.md": GLOSSARY, "src/a.cc": "int end_user_count;\n"}, [("src/a.cc", 1)]),
    ("words", "a type that says nothing", {
        "docs/glossary.md": GLOSSARY, "src/a.h": "class StoreManager;\n"}, [("src/a.h", 1)]),
    ("words", "a verb that says nothing", {
        "docs/glossary.md": GLOSSARY, "src/a.h": "void process_rows();\n"}, [("src/a.h", 1)]),
    ("words", "the word to say is good", {
        "docs/glossary.md": GLOSSARY, "src/a.h": "void add(Subject lieutenant);\n"}, []),
    ("words", "a header that others have named is good", {
        "docs/glossary.md": GLOSSARY.replace("end user", "idempotency key"),
        "docs/a.md": "`Idempotency-Key` is no\nidempotency key\n"}, [("docs/a.md", 2)]),
]


class Rules(unittest.TestCase):
    def test_each_finds_its_bad_example(self):
        for rule, what, files, expected in CASES:
            with self.subTest(rule=rule, what=what):
                self.assertEqual(found(rule, files), expected)

    def test_scripts_are_executable_and_nothing_else_is(self):
        files = {"run": "#!/bin/bash\n", "README.md": "x\n"}
        self.assertEqual(found("executable", files, ["README.md"]), [("README.md", 0), ("run", 0)])
        self.assertEqual(found("executable", files, ["run"]), [])

    def test_each_rule_is_named_where_people_read(self):
        text = "| rule | why | checked by |\n|---|---|---|\n| a | b | style: size |\n| c | d | |\n"
        findings = list(documents.check_rules_named(Tree({"CONTRIBUTING.md": text}),
                                                    ["size", "links"]))
        self.assertEqual([finding.line for finding in findings], [4, 0])
        self.assertIn("links", findings[1].message)

    def test_every_rule_has_a_bad_example(self):
        shown = {rule for rule, _, _, expected in CASES if expected}
        shown |= {"executable", "rules_named"}  # the two tests above
        self.assertEqual(shown, set(check_style.RULES))


class Reading(unittest.TestCase):
    def test_layers_are_read_as_cmake_reads_them(self):
        tree = Tree({"CMakeLists.txt": "tidemark_library(a/b\n  DEPENDS c d/e\n  PRIVATE f)\n"})
        self.assertEqual(layers.declared_layers(tree), {"a/b": ["c", "d/e"]})

    def test_braces_in_strings_and_comments_open_nothing(self):
        text = 'void f() {\n  g("{", \'{\', R"x({ " )x");  // {\n}\nint h() { return 1; }\n'
        self.assertEqual(list(cpp.functions(text)), [(1, 3), (4, 1)])

    def test_a_class_is_no_function_and_its_members_are(self):
        text = "class A : public B {\n  void f() const {\n    if (x) {\n    }\n  }\n};\n"
        self.assertEqual(list(cpp.functions(text)), [(2, 4)])

    def test_digit_separators_open_no_character(self):
        self.assertEqual(list(cpp.functions("int f() {\n  return 1'000;\n}\n")), [(1, 3)])


if __name__ == "__main__":
    unittest.main()
