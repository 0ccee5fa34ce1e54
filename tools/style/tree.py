"""Tree: the files of the project, as the rules see them. Finding: a breach of a rule."""

import dataclasses
import os
import re
import subprocess


@dataclasses.dataclass(frozen=True)
class Finding:
    path: str
    line: int  # from 1; 0: the file as a whole
    rule: str
    message: str

    def __str__(self):
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.message} [{self.rule}]"


class Tree:
    """Path -> text, paths relative to the root with '/'. Tests build small ones by hand."""

    def __init__(self, files, executable=()):
        self.files = files
        self.executable = frozenset(executable)

    def paths(self, pattern=""):
        """The paths that the regular expression matches from their beginning, in order."""
        return [path for path in sorted(self.files) if re.match(pattern, path)]

    def lines(self, path):
        """(number from 1, line) of a file."""
        return enumerate(self.files[path].splitlines(), start=1)

    def exists(self, path):
        """A file, or a folder that holds one."""
        path = path.rstrip("/")
        return path in self.files or any(known.startswith(path + "/") for known in self.files)


def listed_paths(root):
    """What git knows or would add; where there is no git, everything but builds."""
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "--cached", "--others", "--exclude-standard"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    if listed.returncode == 0:
        return sorted(set(listed.stdout.splitlines()))
    paths = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in (".git", "build", "node_modules")]
        paths += [os.path.relpath(os.path.join(folder, name), root) for name in names]
    return sorted(paths)


def load_tree(root):
    """The files below the root that are text; a deleted file that git still lists is left out."""
    files, executable = {}, set()
    for path in listed_paths(root):
        full = os.path.join(root, path)
        if not os.path.isfile(full) or os.path.islink(full):
            continue
        with open(full, "rb") as file:
            content = file.read()
        try:
            files[path] = content.decode()
        except UnicodeDecodeError:
            continue  # a sample of bytes, not a source
        if os.access(full, os.X_OK):
            executable.add(path)
    return Tree(files, executable)
