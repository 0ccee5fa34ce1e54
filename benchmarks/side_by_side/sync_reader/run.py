#!/usr/bin/python3
"""run.py [ROUNDS]: what a reader pays beside a bare GET, on this machine and a millisecond away.

Needs `cmake --build --preset release --target bench_sync_reader` and redis-server. The millisecond
is a relay's, which hands on in either direction what came half a millisecond ago.
"""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(HERE, "../../../build/release/benchmarks/bench_sync_reader")
ONE_WAY_S = 0.0005


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def private_redis():
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="tidemark-benchmark-") as folder:
        server = subprocess.Popen(
            ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "",
             "--dir", folder], stdout=subprocess.DEVNULL)
        try:
            while subprocess.run(["redis-cli", "-p", str(port), "ping"], capture_output=True,
                                 check=False).stdout != b"PONG\n":
                if server.poll() is not None:
                    raise SystemExit("redis-server did not start")
                time.sleep(0.05)
            yield port
        finally:
            server.terminate()
            server.wait()


def hand_on(source, target):
    while data := source.recv(65536):
        time.sleep(ONE_WAY_S)
        target.sendall(data)


def relay(listener, port):
    while True:
        near, _ = listener.accept()
        far = socket.create_connection(("127.0.0.1", port))
        for end in (near, far):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for ends in ((near, far), (far, near)):
            threading.Thread(target=hand_on, args=ends, daemon=True).start()


def measure(place, port, rounds):
    output = subprocess.run([PROGRAM, f"redis://127.0.0.1:{port}", str(rounds)], check=True,
                            text=True, stdout=subprocess.PIPE).stdout
    for line in output.splitlines():
        print(place, line, flush=True)


def main(rounds):
    if not os.path.exists(PROGRAM):
        sys.exit("run.py: build it first: "
                 "cmake --build --preset release --target bench_sync_reader")
    print(f"load before: {os.getloadavg()[0]:.1f}", flush=True)
    with private_redis() as port:
        measure("here", port, rounds)
        listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=relay, args=(listener, port), daemon=True).start()
        measure("a_millisecond_away", listener.getsockname()[1], rounds // 10)
    print(f"load after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
