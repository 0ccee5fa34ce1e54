#!/usr/bin/python3
"""run.py [BATCHES] [DAYS]: a day's batches folded in every way, then the reading of 90 days.

Needs `cmake --build --preset release --target bench_fold` and python3-psycopg2.
"""

import os
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
MATVIEW_BATCHES = 6  # a refresh grows with the rows of the day; a few show enough


def run(url, method, count):
    output = subprocess.run([PROGRAM, url, method, str(count)], check=True, text=True,
                            stdout=subprocess.PIPE).stdout
    for line in output.splitlines():
        print(method, line, flush=True)


def main(batches, days):
    if not os.path.exists(PROGRAM):
        sys.exit("run.py: build it first: cmake --build --preset release --target bench_fold")
    print(f"load before: {os.getloadavg()[0]:.1f}", flush=True)
    with private_postgres() as server:
        connection = psycopg2.connect(server + "/postgres")
        connection.autocommit = True
        for method in ("ours_6", "on_conflict", "ours_12", "on_conflict_lean", "matview",
                       "reading"):
            connection.cursor().execute(f"CREATE DATABASE bench_{method}")
            url = f"{server}/bench_{method}"
            if method == "reading":
                run(url, "fill", days)
                for _ in range(READINGS):
                    run(url, "read", 12)
            else:
                run(url, method, MATVIEW_BATCHES if method == "matview" else batches)
            print(f"load: {os.getloadavg()[0]:.1f}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 48,
         int(sys.argv[2]) if len(sys.argv) > 2 else 360)
