"""Rules on what lies where: migrations, scripts, paths of one machine."""

import re

from style.tree import Finding

_MACHINE_PATH = re.compile(r"(?<![\w.])/(?:work|root|Users)/\w|(?<![\w.])/home/\w")


def check_migrations(tree):
    """Numbered from 0001 without gap or twin in each dialect: the number is the version."""
    names = {}
    for path in tree.paths(r"src/.*/migrations/"):
        folder, _, name = path.rpartition("/")
        match = re.fullmatch(r"(\d{4})_[a-z0-9_]+\.sql", name)
        if match is None:
            yield Finding(path, 0, "migrations", "the name must be NNNN_words.sql")
        else:
            names.setdefault(folder, []).append((int(match.group(1)), path))
    for numbered in names.values():
        for expected, (number, path) in enumerate(sorted(numbered), start=1):
            if number != expected:
                yield Finding(path, 0, "migrations", f"{expected:04} was expected here")
                break


def check_executable(tree):
    """What begins with #! can be run, and what can be run begins with #!."""
    for path in tree.paths():
        script = tree.files[path].startswith("#!")
        if script and path not in tree.executable:
            yield Finding(path, 0, "executable", "begins with #! and is not executable: chmod +x")
        elif not script and path in tree.executable:
            yield Finding(path, 0, "executable", "is executable and does not begin with #!")


def check_machine_paths(tree):
    """No path of one person's machine: it holds nowhere else."""
    for path in tree.paths(r"(?!tests/style/|tools/style/)"):
        for number, line in tree.lines(path):
            match = _MACHINE_PATH.search(line)
            if match:
                yield Finding(path, number, "machine_paths",
                              f"{match.group(0)}... is a path of one machine")
