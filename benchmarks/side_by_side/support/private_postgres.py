"""A PostgreSQL of the benchmark's own: durable settings, and memory enough for the whole data."""

import contextlib
import glob
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "4GB",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "15min",
    "maintenance_work_mem": "1GB",
    "work_mem": "64MB",
    "random_page_cost": "1.1",
}


def newest_programs():
    folders = glob.glob("/usr/lib/postgresql/*/bin")
    return max(folders, key=lambda folder: int(folder.split("/")[-2]))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def private_postgres(**settings):
    """Gives the URL of a fresh server, without the database's name; stops and removes it after."""
    identity = {}
    folder = tempfile.mkdtemp(prefix="tidemark-benchmark-")
    if os.getuid() == 0:  # PostgreSQL refuses to run as root
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    programs = newest_programs()
    data = os.path.join(folder, "data")
    subprocess.run(
        [f"{programs}/initdb", "--pgdata", data, "--username", "tidemark", "--auth", "trust",
         "--encoding", "UTF8", "--locale", "C.UTF-8"],
        check=True, stdout=subprocess.DEVNULL, cwd=folder, **identity)
    port = free_port()
    settings = dict(SETTINGS, port=str(port), **settings)
    options = [f"--{name}={value}" for name, value in settings.items()]
    server = subprocess.Popen(
        [f"{programs}/postgres", "-D", data, *options], cwd=folder,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **identity)
    try:
        while subprocess.run([f"{programs}/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)],
                             check=False).returncode != 0:
            if server.poll() is not None:
                raise SystemExit("postgres did not start")
            time.sleep(0.1)
        yield f"postgresql://tidemark@127.0.0.1:{port}"
    finally:
        server.send_signal(2)  # fast shutdown
        server.wait()
        shutil.rmtree(folder)
