#!/usr/bin/python3
"""run.py [--subjects N] [--days N] [--seconds S] [--rounds N]: the service beside nginx, a bare
Beast server and the bare prepared query, by turns in one run; medians of the rounds and ratios.

Needs `cmake --build --preset release --target tidemark bench_http`, python3-psycopg2, wrk, nginx.
"""

import argparse
import collections
import contextlib
import datetime
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

try:
    import psycopg2
except ImportError:
    sys.exit("run.py: python3-psycopg2 is not installed")

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../support"))
from private_postgres import free_port, private_postgres  # noqa: E402

BUILD = os.environ.get("TIDEMARK_BUILD", os.path.join(HERE, "../../../build/release"))
TIDEMARK = os.path.join(BUILD, "tidemark")
BENCH = os.path.join(BUILD, "benchmarks/bench_http")
LAST_DAY = datetime.date(2026, 11, 10)  # of what bench_http fills
DAYS_ASKED = 31
ROWS_A_BATCH = 10_000
POLLERS = 64

NGINX = """
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 2048; }}
http {{
  access_log off;
  keepalive_requests 100000000;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {folder}; default_type application/json; }}
}}
"""


class Server:
    """A process that answers HTTP; gone at the end of the `with`."""

    def __init__(self, command, port=None, **options):
        self.process = subprocess.Popen(command, text=True, **options)
        self.port = port

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def memory_mb(self, kind):
        """kind: VmRSS, or VmHWM for the largest so far."""
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as file:
            return int(re.search(rf"{kind}:\s+(\d+)", file.read())[1]) / 1024

    def await_answer(self, path):
        for _ in range(200):
            try:
                return urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10)
            except (ConnectionError, urllib.error.URLError) as refused:
                if isinstance(refused, urllib.error.HTTPError):
                    raise
                time.sleep(0.05)
        raise SystemExit(f"nobody answers on port {self.port}")


def service(url, arguments, folder):
    """`tidemark serve`, which also folds and synchronises, with its log thrown away, as the servers
    beside it keep none; returns when it knows how far its data is complete."""
    port = free_port()
    config = os.path.join(folder, "tidemark.toml")
    with open(config, "w", encoding="utf-8") as file:
        file.write('[verify]\nevery = "never"\n'
                   f'[pings]\njournal = "{os.path.join(folder, "pings")}"\n')
    server = Server([TIDEMARK, "serve", "--config", config, "--listen", f"127.0.0.1:{port}",
                     "--store", url, "--connections", str(arguments.connections),
                     "--waiting", "10000"], port, stderr=subprocess.DEVNULL)
    for _ in range(200):
        with server.await_answer("/v1/sources") as answer:
            if json.load(answer)["metadata"]["origin"] == "store":
                return server
        time.sleep(0.1)
    raise SystemExit("the service does not synchronise")


def wrk(port, script, connections, seconds, folder):
    """(requests a second, p50 ms, p99 ms); fails when an answer is not 2xx or 3xx."""
    path = os.path.join(folder, "wrk.lua")
    with open(path, "w", encoding="utf-8") as file:
        file.write(script)
    output = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "30s", "-s",
         path, f"http://127.0.0.1:{port}"], check=True, text=True, stdout=subprocess.PIPE).stdout
    if "Non-2xx" in output:
        raise SystemExit(output)

    def ms(share):
        number, unit = re.search(rf"{share}%\s+([\d.]+)(us|ms|s)", output).groups()
        return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]

    return float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1]), ms("50"), ms("99")


def get_script(paths, headers):
    lines = "\n".join(f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}"
                      for name, value in headers.items())
    listed = ",".join(json.dumps(path) for path in paths)
    return f"""{lines}
local paths = {{{listed}}}
request = function() return wrk.format("GET", paths[math.random(#paths)]) end
"""


def post_script(target, media_type, body_file, keys):
    """Each request under a batch key of its own where `keys`."""
    return f"""local file = io.open({json.dumps(body_file)}, "rb")
wrk.body = file:read("*a")
file:close()
wrk.headers["Content-Type"] = {json.dumps(media_type)}
local count = 0
local run = {json.dumps(os.urandom(4).hex())}
request = function()
  count = count + 1
  return wrk.format("POST", {json.dumps(target)} .. ({str(keys).lower()} and run .. count or ""))
end
"""


def usage_path(subject):
    first = LAST_DAY - datetime.timedelta(days=DAYS_ASKED - 1)
    end = LAST_DAY + datetime.timedelta(days=1)
    return f"/v1/usage?dataset=cdn&subject={subject}&from={first}&to={end}"


class Table:
    def __init__(self):
        self.values = collections.defaultdict(list)
        self.memory = {}

    def add(self, name, measured):
        self.values[name].append(measured)
        print(f"{name}: {measured[0]:,.0f}/s, p50 {measured[1]:.2f} ms, p99 {measured[2]:.2f} ms, "
              f"load {os.getloadavg()[0]:.1f}", flush=True)

    def median(self, name):
        return [statistics.median(column) for column in zip(*self.values[name])]

    def write(self, beside):
        print("\n| what | a second | of | ratio | p50 ms | p99 ms | peak memory MB |")
        print("|---|---|---|---|---|---|---|")
        for name in self.values:
            rate, p50, p99 = self.median(name)
            other = beside.get(name)
            ratio = ""
            if other in self.values:
                # By turns: each round beside the other's of the same round.
                ratio = statistics.median(mine[0] / its[0] for mine, its in
                                          zip(self.values[name], self.values[other]))
                ratio = f"{ratio:.2f}"
            memory = self.memory.get(name, "")
            print(f"| {name} | {rate:,.0f} | {other or ''} | {ratio} | {p50:.2f} | {p99:.2f} | "
                  f"{memory if memory == '' else format(memory, '.0f')} |")


@contextlib.contextmanager
def nginx(folder):
    port = free_port()
    path = os.path.join(folder, "nginx.conf")
    with open(path, "w", encoding="utf-8") as file:
        file.write(NGINX.format(folder=folder, port=port))
    os.chmod(folder, 0o755)  # its workers are another user
    with Server(["nginx", "-p", folder, "-c", path, "-g", "daemon off;"], port,
                stderr=subprocess.DEVNULL) as server:
        server.await_answer("/usage.json").close()
        yield server


@contextlib.contextmanager
def bare_server(folder):
    port = free_port()
    with Server([BENCH, "serve", str(port), os.path.join(folder, "usage.json"),
                 os.path.join(folder, "journal")], port) as server:
        server.await_answer("/").close()
        yield server


def measure_reading(arguments, table, server, bare, static, url, subjects, folder):
    paths = [usage_path(subject) for subject in subjects]
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{paths[0]}") as answer:
        tag = answer.headers["ETag"]
    connections, seconds = arguments.connections, arguments.seconds
    first = LAST_DAY - datetime.timedelta(days=DAYS_ASKED - 1)
    end = LAST_DAY + datetime.timedelta(days=1)
    for _ in range(arguments.rounds):
        output = subprocess.run(
            [BENCH, "query", url, str(connections), str(seconds), str(arguments.subjects),
             str(first), str(end)], check=True, text=True, stdout=subprocess.PIPE).stdout
        table.add("bare libpq prepared query", [float(number) for number in output.split()])
        table.add("usage, 31 days of one subject",
                  wrk(server.port, get_script(paths, {}), connections, seconds, folder))
        table.add("nginx, static JSON",
                  wrk(static.port, get_script(["/usage.json"], {}), connections, seconds, folder))
        table.add("bare Beast, 200",
                  wrk(bare.port, get_script(["/"], {}), connections, seconds, folder))
        # Who polls at the same time is answered by one look at the store.
        for suffix, pollers in (("", connections), (f", {POLLERS} connections", POLLERS)):
            table.add(f"bare Beast, 304{suffix}",
                      wrk(bare.port, get_script(["/"], {"If-None-Match": "x"}), pollers, seconds,
                          folder))
            table.add(f"usage, 304{suffix}",
                      wrk(server.port, get_script(paths[:1], {"If-None-Match": tag}), pollers,
                          seconds, folder))
    table.memory["usage, 304"] = server.memory_mb("VmHWM")
    table.memory["bare Beast, 200"] = bare.memory_mb("VmHWM")


def write_rows(folder, subjects):
    path = os.path.join(folder, "rows.ndjson")
    with open(path, "w", encoding="utf-8") as file:
        for place in range(ROWS_A_BATCH):
            file.write(json.dumps({"site_id": subjects[place % len(subjects)] + str(place // len(
                subjects)), "slot": "2026-11-11T10:30Z", "bytes_streamed": place * 7919,
                "requests": place % 97}) + "\n")
    return path


def measure_ingest(arguments, table, server, url, rows, folder):
    """Rows a second; the same work at once as the command has, one batch at a time."""
    target = "/v1/datasets/cdn/batches?feed=bench&batch_key="
    for turn in range(arguments.rounds):
        begun = time.monotonic()
        took = []
        for number in range(arguments.batches):
            since = time.monotonic()
            subprocess.run([TIDEMARK, "batch", "--store", url, "--dataset", "cdn", "--feed",
                            "command", "--key", f"{turn}-{number}", rows], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            took.append(1000 * (time.monotonic() - since))
        rate = ROWS_A_BATCH * arguments.batches / (time.monotonic() - begun)
        table.add("rows, tidemark batch",
                  (rate, statistics.median(took), sorted(took)[len(took) * 99 // 100]))
        for name, connections in (("rows, POST NDJSON", 1), ("rows, POST NDJSON, 4 at once", 4)):
            batches, p50, p99 = wrk(
                server.port, post_script(target, "application/x-ndjson", rows, True), connections,
                arguments.seconds, folder)
            table.add(name, (ROWS_A_BATCH * batches, p50, p99))
    table.memory["rows, POST NDJSON"] = server.memory_mb("VmHWM")


def measure_pings(arguments, table, server, bare, folder):
    """1,000 at once, each on the disk before its answer."""
    body = os.path.join(folder, "ping.txt")
    with open(body, "w", encoding="utf-8") as file:
        file.write("aid=aw_0000001&e=s")
    target = "/v1/ping"
    for _ in range(arguments.rounds):
        table.add("bare Beast, fsynced POST, 1,000 at once", wrk(
            bare.port, post_script(target, "text/plain", body, False), 1000,
            arguments.seconds, folder))
        table.add("pings, 1,000 at once", wrk(
            server.port, post_script(target, "text/plain", body, False), 1000,
            arguments.seconds, folder))
    table.memory["pings, 1,000 at once"] = server.memory_mb("VmHWM")


def measure_memory(server, count):
    before = server.memory_mb("VmRSS")
    with subprocess.Popen([BENCH, "idle", str(server.port), str(count)], text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        time.sleep(1)  # let it take them all in
        during = server.memory_mb("VmRSS")
        holder.stdin.close()
    print(f"\nmemory with {count} idle connections: {during:.1f} MB, {during - before:+.1f} MB")


def main(arguments):
    for program in (TIDEMARK, BENCH):
        if not os.path.exists(program):
            sys.exit("run.py: build it first: cmake --build --preset release --target tidemark "
                     "bench_http")
    for program in ("wrk", "nginx"):
        if shutil.which(program) is None:
            sys.exit(f"run.py: {program} is not installed; tools/install_packages bench")
    table = Table()
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        postgres = stack.enter_context(private_postgres())
        connection = psycopg2.connect(postgres + "/postgres")
        connection.autocommit = True
        connection.cursor().execute("CREATE DATABASE bench_http")
        url = f"{postgres}/bench_http"
        subjects = subprocess.run(
            [BENCH, "fill", url, str(arguments.subjects), str(arguments.days)], check=True,
            text=True, stdout=subprocess.PIPE).stdout.split()
        sample = subjects[::max(1, len(subjects) // 1000)]
        print(f"{arguments.subjects * arguments.days:,} daily rows, load "
              f"{os.getloadavg()[0]:.1f}", flush=True)
        server = stack.enter_context(service(url, arguments, folder))
        with server.await_answer(usage_path(subjects[0])) as answer:
            content = answer.read()
        with open(os.path.join(folder, "usage.json"), "wb") as file:
            file.write(content)
        print(f"an answer has {len(content)} bytes", flush=True)
        static = stack.enter_context(nginx(folder))
        bare = stack.enter_context(bare_server(folder))
        measure_reading(arguments, table, server, bare, static, url, sample, folder)
        measure_pings(arguments, table, server, bare, folder)
        measure_ingest(arguments, table, server, url, write_rows(folder, subjects), folder)
        measure_memory(server, 1000)
    table.write({"usage, 31 days of one subject": "bare libpq prepared query",
                 "usage, 304": "bare Beast, 304",
                 f"usage, 304, {POLLERS} connections": f"bare Beast, 304, {POLLERS} connections",
                 "rows, POST NDJSON": "rows, tidemark batch",
                 "rows, POST NDJSON, 4 at once": "rows, tidemark batch",
                 "pings, 1,000 at once": "bare Beast, fsynced POST, 1,000 at once"})


def parse():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subjects", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=360)
    parser.add_argument("--seconds", type=int, default=10, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=16,
                        help="of clients, and as many to PostgreSQL")
    parser.add_argument("--batches", type=int, default=20, help="given to the command a round")
    return parser.parse_args()


if __name__ == "__main__":
    main(parse())
