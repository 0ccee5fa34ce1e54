#!/usr/bin/python3
"""run.py [ROUNDS [SHARE]]: read latency while days are folded, sealed and purged, and without.

A fold works for SHARE of its time and pauses in the rest; by default as the service does, 1 never.

Needs `cmake --build --preset release --target bench_read_latency` and python3-psycopg2.
"""

import os
import subprocess
import sys
import tempfile

try:
    import psycopg2
except ImportError:
    sys.exit("run.py: python3-psycopg2 is not installed")

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../support"))
from private_postgres import private_postgres  # noqa: E402

PROGRAM = os.path.join(HERE, "../../../build/release/benchmarks/bench_read_latency")


def run(name, url, rounds_and_share):
    output = subprocess.run([PROGRAM, url, *rounds_and_share], check=True, text=True,
                            stdout=subprocess.PIPE).stdout
    for line in output.splitlines():
        print(name, line, f"load {os.getloadavg()[0]:.1f}", flush=True)


def main(rounds_and_share):
    if not os.path.exists(PROGRAM):
        sys.exit("run.py: build it first: cmake --build --preset release --target "
                 "bench_read_latency")
    with private_postgres() as server:
        connection = psycopg2.connect(server + "/postgres")
        connection.autocommit = True
        connection.cursor().execute("CREATE DATABASE bench_read_latency")
        run("postgresql", f"{server}/bench_read_latency", rounds_and_share)
    with tempfile.TemporaryDirectory() as folder:
        run("sqlite", f"sqlite:{folder}/bench.db", rounds_and_share)


if __name__ == "__main__":
    main(sys.argv[1:3] or ["10"])
