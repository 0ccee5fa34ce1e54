#!/usr/bin/python3
"""run.py [--batches N] [--rounds N] [--refreshes N] [--days N]: a day's batches folded in every
way, by turns, then the reading of 90 days; medians of the rounds and of their ratios.

Needs `cmake --build --preset release --target bench_fold` and python3-psycopg2.
"""

import argparse
import collections
import os
import statistics
import subprocess
import sys

try:
    import psycopg2
except ImportError:
    sys.exit("run.py: python3-psycopg2 is not installed")

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../support"))
from private_postgres import private_postgres  # noqa: E402

PROGRAM = os.path.join(HERE, "../../../build/release/benchmarks/bench_fold")
READINGS = 3  # the first one meets colder pages


def run(url, method, count):
    """What it measured, by name; of what was measured several times the sum."""
    output = subprocess.run([PROGRAM, url, method, str(count)], check=True, text=True,
                            stdout=subprocess.PIPE).stdout
    figures = collections.defaultdict(float)
    for line in output.splitlines():
        print(f"{method}: {line}, load {os.getloadavg()[0]:.1f}", flush=True)
        name, value = line.split()
        figures[name] += float(value)
    return figures


def a_batch(figures, batches):
    """Seconds and megabytes of WAL of all that a batch costs."""
    return (sum(value for name, value in figures.items() if name.endswith("_s")) / batches,
            figures["wal_mb"] / batches)


def measure_folds(arguments, server, connection):
    ways = {"ours_6": arguments.batches, "on_conflict": arguments.batches,
            "ours_12": arguments.batches, "on_conflict_lean": arguments.batches}
    measured = collections.defaultdict(list)
    for turn in range(arguments.rounds):
        for way, batches in ways.items():
            measured[way].append(a_batch(in_database(server, connection, way, batches), batches))
    if arguments.refreshes > 0:
        measured["matview"].append(
            a_batch(in_database(server, connection, "matview", arguments.refreshes),
                    arguments.refreshes))
    print("\n| way | s a batch | WAL MB a batch | ours, every 6, of it | its WAL |")
    print("|---|---|---|---|---|")
    for way, costs in measured.items():
        seconds, wal = (statistics.median(column) for column in zip(*costs))
        # By turns: each round beside the other's of the same round.
        ratios = [[mine[i] / its[i] for i in (0, 1)]
                  for mine, its in zip(measured["ours_6"], costs)]
        of_time, of_wal = (statistics.median(column) for column in zip(*ratios))
        print(f"| {way} | {seconds:.3f} | {wal:.1f} | {of_time:.3f} | {of_wal:.2f} |", flush=True)


def in_database(server, connection, way, count):
    connection.cursor().execute(f"CREATE DATABASE bench_{way}")
    try:
        return run(f"{server}/bench_{way}", way, count)
    finally:
        connection.cursor().execute(f"DROP DATABASE bench_{way} WITH (FORCE)")
        connection.cursor().execute("CHECKPOINT")


def measure_reading(server, connection, days):
    connection.cursor().execute("CREATE DATABASE bench_reading")
    url = f"{server}/bench_reading"
    run(url, "fill", days)
    for _ in range(READINGS):
        run(url, "read", 12)


def main(arguments):
    if not os.path.exists(PROGRAM):
        sys.exit("run.py: build it first: cmake --build --preset release --target bench_fold")
    with private_postgres() as server:
        connection = psycopg2.connect(server + "/postgres")
        connection.autocommit = True
        measure_folds(arguments, server, connection)
        if arguments.days > 0:
            measure_reading(server, connection, arguments.days)


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=48)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--refreshes", type=int, default=48, help="of the materialized view")
    parser.add_argument("--days", type=int, default=360, help="of the reading; 0: none")
    return parser.parse_args()


if __name__ == "__main__":
    main(parse())
