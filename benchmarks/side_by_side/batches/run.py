#!/usr/bin/python3
"""run.py [ROUNDS]: batches of 100,000 rows stored by turns in every way; medians and ratios.

Needs `cmake --build --preset release --target bench_batches` and python3-psycopg2.
"""

import collections
import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time

try:
    import psycopg2
    import psycopg2.extras
except ImportError:
    sys.exit("run.py: python3-psycopg2 is not installed")

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../support"))
from private_postgres import private_postgres  # noqa: E402

PROGRAM = os.path.join(HERE, "../../../build/release/benchmarks/bench_batches")
ROWS = 100_000


def rows_of(batch_seq):
    subjects = sorted(f"{index * 2654435761 % 2**32:08x}" for index in range(ROWS))
    return [(batch_seq, subject, "2026-11-11", batch_seq % 48, place * 7919 % 1000000007,
             place % 97) for place, subject in enumerate(subjects)]


def psycopg2_seconds(connection, method, batch_seq):
    rows = rows_of(batch_seq)
    start = time.perf_counter()
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO batch_registry (dataset, batch_seq, feed, batch_key, content_hash, state,"
            " lease_until, source, lines, comments, accepted, rejected, ignored,"
            " rejected_by_reason, row_count, totals, days) VALUES ('cdn', %s, 'python', %s, '',"
            " 'committed', now(), '', 0, 0, 0, 0, 0, '{}', 0, '{0,0}', '{2026-11-11}')",
            (batch_seq, str(batch_seq)))
        if method == "execute_values":
            psycopg2.extras.execute_values(
                cursor, "INSERT INTO cdn_batch VALUES %s", rows, page_size=1000)
        else:
            for row in rows:
                cursor.execute("INSERT INTO cdn_batch VALUES (%s, %s, %s, %s, %s, %s)", row)
    return time.perf_counter() - start


def main(rounds):
    if not os.path.exists(PROGRAM):
        sys.exit("run.py: build it first: cmake --build --preset release --target bench_batches")
    seconds = collections.defaultdict(list)
    with private_postgres() as server, tempfile.TemporaryDirectory() as folder:
        url = server + "/postgres"
        output = subprocess.run([PROGRAM, url, folder, str(rounds)], check=True, text=True,
                                stdout=subprocess.PIPE).stdout
        for line in output.splitlines():
            name, value = line.split()
            seconds[name].append(float(value))
        with contextlib.closing(psycopg2.connect(url)) as connection:
            for turn in range(max(1, rounds // 8)):
                for place, method in enumerate(("execute_values", "row_by_row")):
                    batch_seq = 1_000_000 + 2 * turn + place
                    seconds["psycopg2_" + method].append(
                        psycopg2_seconds(connection, method, batch_seq))
    print("| way | seconds a batch | rows/s | of the bare program |\n|---|---|---|---|")
    for name, values in seconds.items():
        bare = statistics.median(seconds[name.split("_")[0].replace("psycopg2", "postgres")
                                         + "_bare"])
        median = statistics.median(values)
        print(f"| {name} | {median:.3f} | {ROWS / median:,.0f} | {bare / median:.2f} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 24)
