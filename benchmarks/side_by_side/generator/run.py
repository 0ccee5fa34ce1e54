#!/usr/bin/python3
"""run.py [ROUNDS [SETTING=VALUE...]]: the simulator's generator beside pgbench and a bare loop, by
turns. The settings are the server's: fsync=off leaves the disk out.

A disk's pace wanders by a tenth within seconds, so that rounds are short and many: what is beside
each other is done within a few seconds, and the ratio's median has an interval.

Needs `cmake --build --preset release --target tidemark bench_unnest` and python3-psycopg2.
"""

import glob
import json
import os
import random
import signal
import statistics
import struct
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

BUILD = os.path.realpath(os.path.join(HERE, "../../../build/release"))
TIDEMARK = os.path.join(BUILD, "tidemark")
UNNEST = os.path.join(BUILD, "benchmarks/bench_unnest")
SITES = 2000
TRANSACTIONS = {1: 8_000, 8: 16_000}  # of so many connections, all due at once
# Connections and threads (`-j` of pgbench, `instances` of a writer): where the backends fill all
# cores, what is left for a client depends on how many threads it has.
WAYS = [(1, 1), (8, 1), (8, 2)]
SET_COUNT = 300                       # all due within the first second
UPSERT = ("insert into usage (site, bytes) values (:site, :bytes) "
          "on conflict (site) do update set bytes = excluded.bytes")
SCRIPT = f"\\set site random(0, {SITES - 1})\n\\set bytes random(0, 999999)\n{UPSERT};\n"
PLAN = """
duration = "{duration}"
ledger = "written"
[target]
url = "{url}"
[pool.site]
count = 2000
[[writer]]
name = "w"
kind = "stream"
connections = {connections}
every = "{every}"
arrival = "{arrival}"
overlap = "{overlap}"
deadline = "1h"
rows = {rows}
{more}
objectives = {{ p99 = "1h" }}
"""
ROW = f"""transaction_rows = 1
statement_rows = 1
autocommit = true
statement = "{UPSERT}"
values.site = {{ from = 0, to = {SITES} }}
values.bytes = {{ from = 0, to = 1_000_000 }}"""
SET = """autocommit = true
statement = \"\"\"insert into usage_set (site, bytes) select * from unnest(:site, :bytes)
on conflict (site) do update set bytes = excluded.bytes\"\"\"
values.bytes = { from = 0, to = 1_000_000 }"""
RECORD = struct.Struct("<IIIIQQqqqqqq8s")
# A round of these takes long, and they do not wander.
HALF_ROUNDS_MAX = 7
MANY_ROUNDS_MAX = 3


def median_within(ratios):
    """The median, and the interval that holds it in 95 of 100 draws of as many from the same."""
    draws = sorted(statistics.median(random.choices(ratios, k=len(ratios))) for _ in range(4000))
    return f"{statistics.median(ratios):.3f} [{draws[100]:.3f}, {draws[3899]:.3f}]"


def fresh_table(url):
    connection = psycopg2.connect(url)
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("drop schema if exists tidemark_simulation cascade")
    cursor.execute("drop schema public cascade; create schema public")
    cursor.execute("create table usage (site bigint primary key, bytes bigint) "
                   "with (fillfactor = 50)")
    cursor.execute(f"insert into usage select i, 0 from generate_series(0, {SITES - 1}) i")
    cursor.execute("create table usage_set (site text collate \"C\" primary key, bytes bigint) "
                   "with (fillfactor = 50)")
    cursor.execute("insert into usage_set select 'site_' || lpad(i::text, 6, '0'), 0 "
                   f"from generate_series(0, {SITES - 1}) i")
    cursor.execute("vacuum analyze")
    cursor.execute("checkpoint")
    connection.close()


def pgbench(url, connections, threads, *more):
    """Transactions a second and client CPU microseconds a transaction."""
    fresh_table(url)
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(SCRIPT)
        script.flush()
        command = [f"{newest_programs()}/pgbench", "-n", "-M", "prepared", "-f", script.name,
                   "-c", str(connections), "-j", str(threads), *more, url]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                   text=True)
        output = process.stdout.read()
        _, _, usage = os.wait4(process.pid, 0)
    tps = next(float(line.split()[2]) for line in output.splitlines()
               if line.startswith("tps ="))
    done = next(int(line.split()[5].split("/")[0]) for line in output.splitlines()
                if line.startswith("number of transactions actually"))
    return tps, (usage.ru_utime + usage.ru_stime) * 1e6 / done


def simulate(url, folder, **keys):
    """The run's folder; what the plan says is planned, as fast as it can where it is too much."""
    fresh_table(url)
    plan = os.path.join(folder, "plan.toml")
    with open(plan, "w") as stream:
        overlap = "allow" if keys["connections"] > 1 else "queue"
        stream.write(PLAN.format(url=url, overlap=overlap, **keys))
    out = os.path.join(folder, "out")
    subprocess.run(["rm", "-rf", out], check=True)
    done = subprocess.run([TIDEMARK, "simulate", "run", plan, "--out", out, "--any-database"],
                          check=False, text=True, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE)
    if not os.path.exists(os.path.join(out, "run.json")):
        sys.exit(f"run.py: tidemark simulate run left no run.json:\n{done.stderr[-2000:]}")
    return out


def load(folder, name):
    with open(os.path.join(folder, name)) as stream:
        return json.load(stream)


def committed(folder):
    """(dequeued, committed) of every committed transaction."""
    times = []
    for path in glob.glob(os.path.join(folder, "ledger/w-*.bin")):
        with open(path, "rb") as stream:
            content = stream.read()
        whole = len(content) // RECORD.size * RECORD.size
        times += [(record[7], record[10]) for record in RECORD.iter_unpack(content[:whole])
                  if record[0] == 2]
    return times


def ours(url, folder, connections, threads):
    out = simulate(url, folder, duration="1s", connections=connections // threads, every="1s",
                   arrival="regular", rows=TRANSACTIONS[connections] // threads,
                   more=f"instances = {threads}\n{ROW}")
    times = committed(out)
    seconds = (max(end for _, end in times) - min(begin for begin, _ in times)) / 1e6
    cpu_us = sum(writer["cpu_us"] for writer in load(out, "run.json")["writers"])
    return len(times) / seconds, cpu_us / len(times)


def throughput(url, folder, connections, threads, rounds):
    name = f"{connections} connections, -j {threads}"
    ratios, costs = [], []
    for number in range(rounds):
        def turn():
            return pgbench(url, connections, threads, "-t",
                           str(TRANSACTIONS[connections] // connections))
        if number % 2 == 0:
            theirs = turn()
            own = ours(url, folder, connections, threads)
        else:
            own = ours(url, folder, connections, threads)
            theirs = turn()
        ratios.append(own[0] / theirs[0])
        costs.append(own[1] / theirs[1])
        print(f"{name}: pgbench {theirs[0]:.0f}/s {theirs[1]:.1f} us, "
              f"ours {own[0]:.0f}/s {own[1]:.1f} us", flush=True)
    print(f"{name}: throughput {median_within(ratios)} of pgbench, "
          f"CPU {median_within(costs)}", flush=True)


def half(url, folder, rounds):
    rate = int(pgbench(url, 1, 1, "-t", "20000")[0] / 2)
    seconds = 10
    ratios, lags = [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as logs:
            pgbench(url, 1, 1, "-R", str(rate), "-T", str(seconds), "-l",
                    f"--log-prefix={logs}/log")
            lines = [line.split() for path in glob.glob(f"{logs}/log*") for line in open(path)]
        theirs = statistics.median(int(line[2]) - int(line[6]) for line in lines)
        out = simulate(url, folder, duration=f"{seconds}s", connections=1,
                       every=f"{1_000_000 // rate}us", arrival="poisson", rows=1, more=ROW)
        writer = load(out, "report.json")["writers"][0]
        ratios.append(writer["service"]["p50_us"] / theirs)
        lags.append(writer["own"]["p99_us"])
        print(f"half of capacity, {rate}/s: service p50 pgbench {theirs:.0f} us, ours "
              f"{writer['service']['p50_us']} us, own lag p99 {lags[-1]} us", flush=True)
    print(f"half of capacity: service p50 {statistics.median(ratios):.2f} of pgbench's, own lag "
          f"p99 {statistics.median(lags):.0f} us", flush=True)


def bare_sets(url):
    """Rows a second of a loop of the same statement."""
    fresh_table(url)
    return float(subprocess.run([UNNEST, url, str(SITES), str(SET_COUNT)], check=True, text=True,
                                stdout=subprocess.PIPE).stdout)


def our_sets(url, folder):
    out = simulate(url, folder, duration="1s", connections=1, every=f"{1_000_000 // SET_COUNT}us",
                   arrival="regular", rows=SITES, more=SET)
    times = committed(out)
    seconds = (max(end for _, end in times) - min(begin for begin, _ in times)) / 1e6
    return len(times) * SITES / seconds


def sets(url, folder, rounds):
    ratios = []
    for number in range(rounds):
        if number % 2 == 0:
            bare = bare_sets(url)
            own = our_sets(url, folder)
        else:
            own = our_sets(url, folder)
            bare = bare_sets(url)
        ratios.append(own / bare)
        print(f"sets of {SITES}: bare {bare:.0f} rows/s, ours {own:.0f}", flush=True)
    print(f"sets of {SITES}: {median_within(ratios)} of the bare loop", flush=True)


def proportional_kilobytes():
    """PSS of the simulator's processes; the server's are not among them."""
    total = 0
    for path in glob.glob("/proc/[0-9]*/smaps"):
        try:
            if os.readlink(os.path.join(os.path.dirname(path), "exe")) != TIDEMARK:
                continue
            with open(path) as stream:
                total += sum(int(line.split()[1]) for line in stream if line.startswith("Pss:"))
        except OSError:
            continue
    return total


def many(url, folder):
    fresh_table(url)
    plan = os.path.join(folder, "many.toml")
    with open(plan, "w") as stream:
        stream.write(PLAN.format(url=url, duration="500s", connections=1, overlap="queue",
                                 every="1s", arrival="regular", rows=1,
                                 more="instances = 200\n" + ROW))
    out = os.path.join(folder, "many")
    process = subprocess.Popen([TIDEMARK, "simulate", "run", plan, "--out", out, "--any-database"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not os.path.exists(os.path.join(out, "samples.ndjson")):
        time.sleep(0.05)
    time.sleep(3)
    kilobytes = proportional_kilobytes()
    process.send_signal(signal.SIGINT)
    process.wait()
    seconds = load(out, "run.json")["connecting_us"] / 1e6
    print(f"200 writers, 100,000 operations: {seconds:.2f} s until all are ready, "
          f"{kilobytes / 1024:.0f} MB", flush=True)
    subprocess.run(["rm", "-rf", out], check=True)


def main(rounds, settings):
    for program in (TIDEMARK, UNNEST):
        if not os.path.exists(program):
            sys.exit(f"run.py: build {program} first")
    print(f"load before: {os.getloadavg()[0]:.1f}", flush=True)
    with private_postgres(**settings) as server, tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        url = server + "/postgres"
        for connections, threads in WAYS:
            throughput(url, folder, connections, threads, rounds)
        half(url, folder, min(rounds, HALF_ROUNDS_MAX))
        sets(url, folder, rounds)
        for _ in range(min(rounds, MANY_ROUNDS_MAX)):
            many(url, folder)
    print(f"load after: {os.getloadavg()[0]:.1f}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 25,
         dict(setting.split("=", 1) for setting in sys.argv[2:]))
