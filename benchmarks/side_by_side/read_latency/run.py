#!/usr/bin/python3
"""run.py [ROUNDS]: read latency while days are folded, sealed and purged, and while nothing is.

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


def run(name, url, rounds):
    output = subprocess.run([PROGRAM, url, str(rounds)], check=True, text=True,
                            stdout=subprocess.PIPE).stdout
    for line in output.splitlines():
        print(name, line, f"load {os.getloadavg()[0]:.1f}", flush=True)


def main(rounds):
    if not os.path.exists(PROGRAM):
        sys.exit("run.py: build it first: cmake --build --preset release --target "
                 "bench_read_latency")
    with private_postgres() as server:
        connection = psycopg2.connect(server + "/postgres")
        connection.autocommit = True
        connection.cursor().execute("CREATE DATABASE bench_read_latency")
        run("postgresql", f"{server}/bench_read_latency", rounds)
    with tempfile.TemporaryDirectory() as folder:
        run("sqlite", f"sqlite:{folder}/bench.db", rounds)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
