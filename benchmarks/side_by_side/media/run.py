#!/usr/bin/python3
"""run.py [SITESxDAYS ...]: chunks of 2,000 events stored by turns in every way; medians, ratios.

Needs `cmake --build --preset release --target bench_media`, python3-psycopg2 and pgbench.
"""

import collections
import contextlib
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time

try:
    import psycopg2
except ImportError:
    sys.exit("run.py: python3-psycopg2 is not installed")

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../support"))
from private_postgres import newest_programs, private_postgres  # noqa: E402

PROGRAM = os.path.join(HERE, "../../../build/release/benchmarks/bench_media")
CHUNK = 2000
ROUNDS = 120
UPSERT = ("INSERT INTO media_storage AS t (site_id, date, bytes_stored, bytes_stored_at,"
          " max_bytes_stored) VALUES ({0}, '2026-11-11', {1}, now(), {1})"
          " ON CONFLICT (site_id, date) DO UPDATE SET bytes_stored = excluded.bytes_stored,"
          " bytes_stored_at = excluded.bytes_stored_at, max_bytes_stored ="
          " greatest(t.max_bytes_stored, excluded.max_bytes_stored)")


def site(number):
    return f"{number * 2654435761 % 2**32:08x}"


def psycopg2_rate(url, sites):
    with contextlib.closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        rows = [(site(random.randrange(sites)), random.randrange(10**12)) for _ in range(CHUNK)]
        statement = UPSERT.format("%(site)s", "%(bytes)s")
        start = time.perf_counter()
        for name, size in rows:
            cursor.execute(statement, {"site": name, "bytes": size})
        return CHUNK / (time.perf_counter() - start)


def pgbench_rate(url, sites):
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(f"\\set s random(0, {sites - 1})\n\\set b random(1, 1000000000)\n")
        script.write(UPSERT.format("lpad(to_hex(:s * 2654435761 & 4294967295), 8, '0')", ":b"))
        script.flush()
        output = subprocess.run(
            [f"{newest_programs()}/pgbench", "-n", "-M", "prepared", "-c", "8", "-j", "2", "-T",
             "5", "-f", script.name, url], check=True, text=True, stdout=subprocess.PIPE).stdout
    return float(next(line.split()[2] for line in output.splitlines() if line.startswith("tps")))


def measured(arguments):
    seconds, wal = collections.defaultdict(list), collections.defaultdict(list)
    output = subprocess.run([PROGRAM, *arguments], check=True, text=True,
                            stdout=subprocess.PIPE).stdout
    for line in output.splitlines():
        name, value, size = line.split()
        seconds[name].append(float(value))
        wal[name].append(int(size))
    return ({name: statistics.median(values) for name, values in seconds.items()},
            {name: statistics.median(values) / CHUNK for name, values in wal.items()})


def print_rates(title, seconds, wal, others):
    bare = CHUNK / seconds["bare"]
    print(f"\n{title}\n\n| way | events/s | of the bare program | WAL bytes an event |")
    print("|---|---|---|---|")
    for name in ("bare", "store", "known"):
        rate = CHUNK / seconds[name]
        print(f"| {name} | {rate:,.0f} | {rate / bare:.2f} | {wal[name]:.0f} |")
    for name, rate in others.items():
        print(f"| {name} | {rate:,.0f} | {rate / bare:.2f} | |")
    if "hot" in seconds:
        print(f"\nupdates that stayed in their page: {seconds['hot']:.2f}")


def main(sizes):
    if not os.path.exists(PROGRAM):
        sys.exit("run.py: build it first: cmake --build --preset release --target bench_media")
    for size in sizes:
        sites, days = (int(part) for part in size.split("x"))
        with private_postgres() as server:
            url = server + "/postgres"
            seconds, wal = measured(["postgres", url, str(sites), str(days), str(ROUNDS)])
            others = {"psycopg2 row by row": psycopg2_rate(url, sites),
                      "pgbench, 8 clients": pgbench_rate(url, sites)}
        print_rates(f"PostgreSQL, {sites:,} sites, {days} days", seconds, wal, others)
        if sites * days < 10**6:
            with tempfile.TemporaryDirectory() as folder:
                seconds, wal = measured(["sqlite", folder, str(sites), str(days), str(ROUNDS)])
            print_rates(f"SQLite, {sites:,} sites, {days} days", seconds, wal, {})


if __name__ == "__main__":
    main(sys.argv[1:] or ["2000x1", "2000x365", "100000x365"])
