"""Which folder may include which: the layers of CMakeLists.txt, and where third parties belong."""

import re

from style import cpp
from style.tree import Finding

# Header prefix -> the folders of src/ whose .cc files may include it. Everywhere else the adapters'
# own headers stand for them, so that a library can be replaced in one folder.
THIRD_PARTY = {
    "sqlite3.h": ("store/sqlite",),
    "libpq-fe.h": ("store/postgres", "sync/postgres_tables", "simulate/run"),
    "hiredis/": ("sync/redis",),
    "boost/asio": ("http", "sync/redis"),
    "boost/beast": ("http",),
    "boost/context": ("simulate/run",),
    "simdjson": ("logs", "logs/lines", "http", "report"),
    "rapidjson/": ("report",),
    "re2/": ("logs", "logs/lines", "worker"),
    "isa-l": ("logs", "generate", "serve"),
    "igzip_lib.h": ("logs", "generate", "serve"),
    "zstd.h": ("logs", "generate", "serve"),
    "date/": ("sync/postgres_tables", "logs", "logs/lines", "report"),
    "prometheus/": ("serve",),
    "xxhash.h": ("base",),
    "spdlog/": ("base",),
    "openssl/": ("base", "http", "serve", "sync/redis", "threshold"),
    "CLI/": ("cli",),
    "nlohmann/": ("report", "cli", "worker", "sync", "sync/redis", "http", "serve",
                  "simulate/report", "simulate/headroom", "simulate/run", "store/postgres",
                  "store/sqlite", "threshold"),
}
# The same for libraries that a folder's own headers may show: what is all over the folder anyway.
THIRD_PARTY_IN_HEADERS = {"toml++/": ("cli", "toml", "simulate/plan")}
# Headers that sources of their own folder alone may include, and that may show what these may.
PRIVATE_HEADERS = {"http/request_head.h", "http/session.h", "http/stream.h"}
# Names without definitions: made for headers.
FORWARD_DECLARATIONS = {"nlohmann/json_fwd.hpp"}


def declared_layers(tree):
    """Folder of src/ -> the folders named after DEPENDS, as CMakeLists.txt has them."""
    text = re.sub(r"#[^\n]*", "", tree.files.get("CMakeLists.txt", ""))
    layers = {}
    for call in re.finditer(r"tidemark_library\(\s*([\w/]+)([^)]*)\)", text):
        words = call.group(2).split()
        depends = []
        if "DEPENDS" in words:
            for word in words[words.index("DEPENDS") + 1:]:
                if word.isupper():
                    break
                depends.append(word)
        layers[call.group(1)] = depends
    return layers


def _reachable(layers, folder):
    found, pending = set(), [folder]
    while pending:
        layer = pending.pop()
        if layer not in found:
            found.add(layer)
            pending += layers.get(layer, [])
    return found


def check_layers(tree):
    """src/ includes only what its layer may use, and every folder is a layer."""
    layers = declared_layers(tree)
    for path in tree.paths(r"src/.*\.(cc|h)$"):
        folder = path[len("src/"):].rpartition("/")[0]
        if not folder:
            allowed = {"cli"}  # main.cc
        elif folder in layers:
            allowed = _reachable(layers, folder)
        else:
            yield Finding(path, 0, "layers", f"CMakeLists.txt has no library {folder}")
            continue
        for line, name, quoted in cpp.includes(tree.files[path]):
            if not quoted:
                continue
            target = name.rpartition("/")[0]
            if f"src/{name}" not in tree.files:
                yield Finding(path, line, "layers", f'"{name}" is no file below src/')
            elif target not in allowed:
                yield Finding(path, line, "layers",
                              f'{folder or "main.cc"} may not use {target}: CMakeLists.txt names '
                              f'its layers after DEPENDS')


def check_third_party_headers(tree):
    """A library of an adapter is included in the adapter's .cc files, nowhere else in src/."""
    for path in tree.paths(r"src/.*\.(cc|h)$"):
        folder = path[len("src/"):].rpartition("/")[0]
        private = path[len("src/"):] in PRIVATE_HEADERS
        for line, name, _ in cpp.includes(tree.files[path]):
            home = name.rpartition("/")[0]
            if name in PRIVATE_HEADERS and (folder != home
                                            or path.endswith(".h") and not private):
                yield Finding(path, line, "third_party_headers",
                              f'"{name}" shows a library: for the own sources of {home} alone')
            for prefix, folders in (THIRD_PARTY | THIRD_PARTY_IN_HEADERS).items():
                if not name.startswith(prefix):
                    continue
                if folder not in folders:
                    yield Finding(path, line, "third_party_headers",
                                  f"<{name}> belongs in {', '.join(folders)}")
                elif (path.endswith(".h") and prefix in THIRD_PARTY and not private
                      and name not in FORWARD_DECLARATIONS):
                    yield Finding(path, line, "third_party_headers",
                                  f"<{name}> in a header reaches all who include it; .cc only")


def check_first_include(tree):
    """A source includes its own header first, which proves that the header stands alone."""
    for path in tree.paths(r"src/.*\.cc$"):
        own = path[len("src/"):-len("cc")] + "h"
        if f"src/{own}" not in tree.files:
            continue
        first = next(cpp.includes(tree.files[path]), None)
        if first is None or first[1] != own:
            yield Finding(path, first[0] if first else 0, "first_include",
                          f'the first include must be "{own}"')
