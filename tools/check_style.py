#!/usr/bin/env python3
"""tools/check_style.py [ROOT]: the rules of CONTRIBUTING.md that a program can check.

Prints every breach as PATH:LINE: what [rule], and ends with 1 when there is one. Runs as a test
(style/sources); its own tests are tests/style/check_style_test.py.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from style import documents, layers, layout, sources, words  # noqa: E402
from style.tree import load_tree  # noqa: E402

RULES = {
    "layers": layers.check_layers,
    "third_party_headers": layers.check_third_party_headers,
    "first_include": layers.check_first_include,
    "size": sources.check_size,
    "header_beginning": sources.check_header_beginning,
    "commented_out_code": sources.check_commented_out_code,
    "leftovers": sources.check_leftovers,
    "switched_off_tests": sources.check_switched_off_tests,
    "orphans": sources.check_orphans,
    "migrations": layout.check_migrations,
    "executable": layout.check_executable,
    "machine_paths": layout.check_machine_paths,
    "links": documents.check_links,
    "named_paths": documents.check_named_paths,
    "folders": documents.check_folders,
    "document_length": documents.check_document_length,
    "words": words.check_words,
    "rules_named": lambda tree: documents.check_rules_named(tree, list(RULES)),
}


def main(arguments):
    root = arguments[0] if arguments else os.path.join(os.path.dirname(__file__), "..")
    tree = load_tree(os.path.abspath(root))
    findings = [finding for rule in RULES.values() for finding in rule(tree)]
    for finding in findings:
        print(finding)
    print(f"style: {len(tree.files)} files, {len(RULES)} rules: "
          + (f"{len(findings)} findings" if findings else "clean"))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
