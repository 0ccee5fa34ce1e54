#!/usr/bin/python3
"""follow.py [SECONDS]: 20,000 events a second, 2,000 a commit, while batches are stored and folded.

By turns through `tidemark media --follow --ack` and through the bare loop of bench_follow. Of each
chunk: the time from the commit to its acknowledgement, by the server's own time of the commit, and
the time from when its last line was due. Needs python3-psycopg2 and
`cmake --build --preset release --target tidemark bench_follow`.
"""

import collections
import contextlib
import datetime
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time

try:
    import psycopg2
except ImportError:
    sys.exit("follow.py: python3-psycopg2 is not installed")

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../support"))
from private_postgres import private_postgres  # noqa: E402

RELEASE = os.path.join(HERE, "../../../build/release")
TIDEMARK = os.path.join(RELEASE, "tidemark")
BENCH = os.path.join(RELEASE, "benchmarks/bench_follow")
CHUNK = 2000
RATE = 20_000
SITES = 50_000
TURNS = 4
# The first chunks of a process prepare statements.
WARM_UP = 5

COMMITS = {
    "tidemark": "SELECT batch_seq, extract(epoch FROM pg_xact_commit_timestamp(xmin))"
                " FROM batch_registry WHERE dataset = 'media_storage'",
    "bare": "SELECT DISTINCT batch_seq, extract(epoch FROM pg_xact_commit_timestamp(xmin))"
            " FROM media_storage_event WHERE batch_seq < 0",
}


def chunks_of(seconds, begin):
    """The lines of each chunk; instants rise, so that every event is the newest of its site."""
    instant = int(begin.timestamp()) * 1_000_000
    for number in range(int(seconds * RATE / CHUNK)):
        lines = []
        for site in random.sample(range(SITES), CHUNK):
            instant += 1
            lines.append(f'{{"subject":"{site * 2654435761 % 2**32:08x}","bytes_stored":'
                         f'{random.randrange(10**12)},"observed_at":{instant}}}\n')
        yield number, "".join(lines).encode()


def number_of(way, line):
    return json.loads(line)["batch_seq"] if way == "tidemark" else int(line)


def turn(way, url, seconds, begin):
    """(number, due, acknowledged) of each chunk."""
    command = ([TIDEMARK, "media", "--follow", "--ack", "--rows", str(CHUNK), "--store", url, "-"]
               if way == "tidemark" else [BENCH, "bare", url, str(CHUNK)])
    chunks = list(chunks_of(seconds, begin))
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL)
    acknowledged = []

    def read_acks():
        for line in process.stdout:
            acknowledged.append((number_of(way, line), time.time()))

    reader = threading.Thread(target=read_acks)
    reader.start()
    start = time.time() + 0.5
    for number, lines in chunks:
        time.sleep(max(0.0, start + number * CHUNK / RATE - time.time()))
        process.stdin.write(lines)
        process.stdin.flush()
    process.stdin.close()
    reader.join()
    if process.wait() != 0:
        sys.exit(f"follow.py: {command[0]} failed")
    due = [start + number * CHUNK / RATE for number, _ in chunks]
    return [(seq, due_at, ack) for due_at, (seq, ack) in zip(due, acknowledged)][WARM_UP:]


def quantile(values, share):
    ordered = sorted(values)
    return ordered[round(share * (len(ordered) - 1))] * 1000


def main(seconds):
    for program in (TIDEMARK, BENCH):
        if not os.path.exists(program):
            sys.exit("follow.py: build it first: cmake --build --preset release --target tidemark "
                     "bench_follow")
    yesterday = datetime.datetime.now(datetime.timezone.utc).replace(
        hour=0, minute=0, second=0, microsecond=0) - datetime.timedelta(days=1)
    turns = collections.defaultdict(list)
    with private_postgres(track_commit_timestamp="on", timezone="UTC") as server, \
            tempfile.NamedTemporaryFile(suffix=".ndjson") as nothing:
        url = server + "/postgres"
        subprocess.run([TIDEMARK, "media", "--store", url, nothing.name], check=True,
                       stderr=subprocess.DEVNULL)
        folds = subprocess.Popen([BENCH, "folds", url])
        try:
            for number in range(2 * TURNS):
                way = ("tidemark", "bare")[number % 2]
                begin = yesterday + datetime.timedelta(hours=number)
                turns[way] += turn(way, url, seconds, begin)
        finally:
            folds.terminate()
            folds.wait()
        print("| way | commit to acknowledgement p50, p99 ms |"
              " due to acknowledgement p50, p99 ms |")
        print("|---|---|---|")
        with contextlib.closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
            for way, chunks in turns.items():
                cursor.execute(COMMITS[way])
                committed = {seq: float(at) for seq, at in cursor.fetchall()}
                acks = [ack - committed[seq] for seq, _, ack in chunks]
                waits = [ack - due for _, due, ack in chunks]
                print(f"| {way} | {quantile(acks, .5):.2f}, {quantile(acks, .99):.2f} |"
                      f" {quantile(waits, .5):.1f}, {quantile(waits, .99):.1f} |")
            cursor.execute("SELECT folded_through FROM dataset_fold WHERE dataset = 'cdn'")
            print(f"\nbatches folded meanwhile: {cursor.fetchone()[0]}")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 20.0)
