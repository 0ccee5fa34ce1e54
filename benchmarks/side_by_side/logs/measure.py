#!/usr/bin/env python3
"""Reading a combined log: Tidemark beside what one would take instead. See README.md.

    python3 benchmarks/side_by_side/logs/measure.py [--size 1GB] [--rounds 5] [--only NAME,...]

Writes its input and DuckDB's package below build/benchmarks/logs, checks that all tools find the
same sums, and prints one table. Every figure of a table comes from one run: rounds are interleaved
(each tool once a round), medians are shown.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", "..", ".."))
WORK = os.path.join(ROOT, "build", "benchmarks", "logs")
SUM = "{split($7, part, \"/\"); bytes[part[2]] += $10; hits[part[2]]++}" \
      " END {for (s in bytes) {b += bytes[s]; h += hits[s]; n++}" \
      " printf \"%.0f %.0f %d\\n\", b, h, n}"
PYTHON = """
import sys
bytes_of, hits_of = {}, {}
with open(sys.argv[1], encoding='ascii') as lines:
    for line in lines:
        column = line.split(' ', 10)
        site = column[6].split('/', 2)[1]
        bytes_of[site] = bytes_of.get(site, 0) + int(column[9])
        hits_of[site] = hits_of.get(site, 0) + 1
print(sum(bytes_of.values()), sum(hits_of.values()), len(bytes_of))
"""


def run(command, **more):
    return subprocess.run(command, check=True, cwd=WORK, **more)


def prepare(arguments):
    os.makedirs(WORK, exist_ok=True)
    paths = {name: os.path.join(WORK, name)
             for name in ("big.log", "big.log.gz", "slice.log", "wide.log")}
    generate = [arguments.tidemark, "generate", "--malformed", "0", "--seed", "1"]
    stamp = os.path.join(WORK, "size")
    wanted = f"{arguments.size} {arguments.wide_lines}"
    if not os.path.exists(stamp) or open(stamp).read() != wanted:
        run(generate + ["--bytes", arguments.size, "--subjects", "5000", "--skew", "1.0",
                        "--output", paths["big.log"]])
        with open(paths["big.log.gz"], "wb") as packed:
            run(["gzip", "-6", "-c", paths["big.log"]], stdout=packed)
        with open(paths["slice.log"], "wb") as part:
            run(["head", "-c", "50000000", paths["big.log"]], stdout=part)
        # Every subject in every slot, nearly: 100,000 x 48 keys.
        run(generate + ["--lines", str(arguments.wide_lines), "--subjects", "100000", "--skew",
                        "0", "--flat", "--ordered", "--ahead", "0", "--output",
                        paths["wide.log"]])
        open(stamp, "w").write(wanted)
    if not os.path.isdir(os.path.join(WORK, "node_modules", "@duckdb")):
        open(os.path.join(WORK, "package.json"), "w").write('{"private": true}\n')
        run(["npm", "install", "--no-audit", "--no-fund", "@duckdb/node-api"],
            stdout=subprocess.DEVNULL)
    run(["g++", "-O3", "-std=c++20", "-march=native", os.path.join(HERE, "bare_scan.cc"), "-o",
         "bare_scan", "-lpthread"])
    return paths


def read_from_disk(path):
    """Leaves the file in the page cache as reading it from the disk does.

    What another program wrote a moment ago lies there page by page, what was read in long runs of
    pages; each tool takes 40 ms a GB longer for the first. A log is read after it was written.
    """
    file = os.open(path, os.O_RDONLY)
    os.fsync(file)
    os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    while os.read(file, 1 << 20):
        pass
    os.close(file)


def sums_of_text(output):
    return tuple(int(number) for number in output.split()[:3])


def sums_of_tidemark(output):
    found = json.loads(output)
    return (found["totals"]["bytes_streamed"], found["totals"]["requests"], found["subjects"])


class Tool:
    """A command and how to read its answer; `sums` is None for those that add nothing up."""

    def __init__(self, name, command, sums=None, once=False, own_time=False):
        self.name, self.command, self.sums = name, command, sums
        self.once = once          # too slow for every round
        self.own_time = own_time  # prints its seconds first: start-up is not counted
        self.seconds = []

    def measure(self):
        start = time.perf_counter()
        done = run(self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        seconds = time.perf_counter() - start
        output = done.stdout
        if self.own_time:
            first, output = output.split(" ", 1)
            seconds = float(first)
        self.seconds.append(seconds)
        return self.sums(output) if self.sums else None


def tools_of(arguments, paths):
    log, packed = paths["big.log"], paths["big.log.gz"]
    aggregate = [arguments.tidemark, "aggregate", "--dry-run", "--json", "--format", "combined",
                 "--subject", "path:1"]
    duckdb = ["node", os.path.join(HERE, "duckdb_sum.mjs"), log]
    # duckdb_sum.mjs looks for its package from the working directory.
    tools = [
        Tool("cat", ["sh", "-c", f"cat '{log}' > /dev/null"]),
        Tool("wc -l", ["wc", "-l", log]),
        Tool("mawk", ["mawk", SUM, log], sums_of_text),
        Tool("gawk", ["gawk", SUM, log], sums_of_text, once=True),
        Tool("python", [sys.executable, "-c", PYTHON, log], sums_of_text, once=True),
        Tool("duckdb 1 thread", duckdb + ["1", "1"], sums_of_text, own_time=True),
        Tool("duckdb 2 threads", duckdb + ["2", "1"], sums_of_text, own_time=True),
        Tool("bare scan 1 thread", ["./bare_scan", log, "1"], sums_of_text),
        Tool("bare scan 2 threads", ["./bare_scan", log, "2"], sums_of_text),
        Tool("tidemark 1 thread", aggregate + ["--threads", "1", log], sums_of_tidemark),
        Tool("tidemark 2 threads", aggregate + ["--threads", "2", log], sums_of_tidemark),
        Tool("tidemark, an empty file", aggregate + ["--threads", "2", os.devnull]),
        Tool("igzip -dc", ["sh", "-c", f"igzip -dc '{packed}' > /dev/null"]),
        Tool("tidemark .gz 1 thread", aggregate + ["--threads", "1", packed], sums_of_tidemark),
        Tool("tidemark .gz 2 threads", aggregate + ["--threads", "2", packed], sums_of_tidemark),
        Tool("goaccess, 50 MB", ["goaccess", paths["slice.log"], "--log-format=COMBINED",
                                 "--no-progress", "-o", "goaccess.json"], once=True),
        Tool("tidemark 1 thread, 50 MB", aggregate + ["--threads", "1", paths["slice.log"]]),
    ]
    chosen = arguments.only.split(",") if arguments.only else None
    found = [tool for tool in tools
             if (chosen is None or any(tool.name.startswith(name) for name in chosen))
             and (shutil.which(tool.command[0]) or "/" in tool.command[0])]
    for tool in tools:
        if chosen is None and tool not in found:
            print(f"left out: {tool.name} ({tool.command[0]} is not installed)")
    return found


def peak_memory_mb(arguments, log):
    """ru_maxrss of a child of its own, so that no other child's peak is taken for its."""
    code = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, "
            "stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL); "
            "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    done = run([sys.executable, "-c", code, arguments.tidemark, "aggregate", "--dry-run",
                "--format", "combined", "--subject", "path:1", "--threads", "2", log],
               stdout=subprocess.PIPE, text=True)
    return int(done.stdout) * 1024 / 1e6


def print_table(tools, size, lines):
    median = {tool.name: statistics.median(tool.seconds) for tool in tools if tool.seconds}
    mawk = median.get("mawk")
    print("| tool | seconds (least to most) | M lines/s | times mawk |")
    print("|---|---|---|---|")
    for tool in tools:
        if "empty" in tool.name:
            print(f"| {tool.name} | {median[tool.name]:.4f} | | |")
            continue
        part = 50e6 / size if "50 MB" in tool.name else 1.0
        rate = lines * part / median[tool.name] / 1e6
        against = f"{mawk * part / median[tool.name]:.2f}" if mawk else ""
        spread = (f"{min(tool.seconds):.2f} to {max(tool.seconds):.2f}"
                  if len(tool.seconds) > 1 else "1 run")
        print(f"| {tool.name} | {median[tool.name]:.3f} ({spread}) | {rate:.2f} | {against} |")
    return median


def print_ratios(median):
    print("\n| ratio | wanted | found |\n|---|---|---|")
    wanted = [
        ("mawk", "tidemark 1 thread", "at least 7"),
        ("duckdb 1 thread", "tidemark 1 thread", "at least 5"),
        ("duckdb 2 threads", "tidemark 2 threads", "at least 5"),
        ("bare scan 1 thread", "tidemark 1 thread", "at least 0.5"),
        ("bare scan 2 threads", "tidemark 2 threads", "at least 0.5"),
        ("tidemark 1 thread", "tidemark 2 threads", "at least 1.5"),
        ("tidemark .gz 1 thread", "igzip -dc", "at most 1.3"),
        ("tidemark .gz 2 threads", "igzip -dc", "at most 1.3"),
        ("goaccess, 50 MB", "tidemark 1 thread, 50 MB", ""),
    ]
    for upper, lower, want in wanted:
        if upper in median and lower in median:
            print(f"| {upper} / {lower} | {want} | {median[upper] / median[lower]:.2f} |")
    start = median.get("tidemark, an empty file")
    for threads in ("1 thread", "2 threads"):
        upper, lower = f"duckdb {threads}", f"tidemark {threads}"
        if start and upper in median and lower in median:
            ratio = median[upper] / (median[lower] - start)
            print(f"| {upper} / {lower}, the starts of neither counted | | {ratio:.2f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="1GB")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", help="tools whose names begin so, separated by commas")
    parser.add_argument("--wide-lines", type=int, default=10000000)
    parser.add_argument("--tidemark", default=os.path.join(ROOT, "build", "release", "tidemark"))
    arguments = parser.parse_args()
    paths = prepare(arguments)
    size = os.path.getsize(paths["big.log"])
    tools = tools_of(arguments, paths)
    for name in ("big.log", "big.log.gz", "slice.log"):
        read_from_disk(paths[name])
    lines = int(run(["wc", "-l", paths["big.log"]], stdout=subprocess.PIPE, text=True)
                .stdout.split()[0])
    answers = {}
    for round_number in range(arguments.rounds):
        for tool in tools:
            if round_number == 0 or not tool.once:
                answers[tool.name] = tool.measure()
    found = {name: sums for name, sums in answers.items() if sums is not None}
    if len(set(found.values())) > 1:
        sys.exit(f"the tools disagree on (bytes, requests, sites): {found}")
    print(f"{size / 1e9:.3f} GB, {lines / 1e6:.2f} M lines, {size / lines:.0f} B a line, "
          f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {arguments.rounds} rounds; "
          f"all agree: {next(iter(found.values()), None)} (bytes, requests, sites)\n")
    print_ratios(print_table(tools, size, lines))
    if not arguments.only:
        print(f"\nPeak memory, 100,000 subjects x 48 slots ({arguments.wide_lines} lines): "
              f"{peak_memory_mb(arguments, paths['wide.log']):.0f} MB (wanted: below 300)")


if __name__ == "__main__":
    main()
