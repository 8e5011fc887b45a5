"""The baseline: pgbench's TPC-B-like transaction, at scale 10, from 16 clients."""

import re
import shutil
import subprocess
from typing import Final

from tests.factories.database import execute
from tests.factories.postgres_cluster import PostgresCluster, programs

SCALE: Final = 10
CLIENTS: Final = 16
_DATABASE: Final = "tpcb"
_RATE = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
_DURABLE: Final = ("fsync", "synchronous_commit", "full_page_writes")
# Checkpoints are put off, so that none falls into one run and not into the next. The buffers are what PostgreSQL's
# manual (section 20.4.1) would give a server of 16 GB; everything else is as delivered.
SERVER_SETTINGS: Final = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "checkpoint_timeout": "1h",
    "max_wal_size": "40GB",
    "shared_buffers": "4GB",
    "max_connections": "100",
}


class NotDurable(Exception):
    """The server would acknowledge what it may lose."""


class Baseline:
    """Runs pgbench against a cluster."""

    def __init__(self, cluster: PostgresCluster) -> None:
        self._cluster = cluster

    def prepare(self, warm_up_seconds: int) -> None:
        """Make the tables and warm up."""
        execute(self._cluster.url(), f"CREATE DATABASE {_DATABASE}")
        self._pgbench("-i", "-q", "-s", str(SCALE), limit_seconds=120)
        self.rate(warm_up_seconds)

    def rate(self, seconds: float) -> float:
        """Return transactions per second over about ``seconds`` (whole ones, at least one)."""
        length = max(1, round(seconds))
        options = ("-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "2", "-T", str(length))
        return rate_of(self._pgbench(*options, limit_seconds=length + 30))

    def _pgbench(self, *options: str, limit_seconds: int) -> str:
        where = ("-h", "127.0.0.1", "-p", str(self._cluster.port), "-U", "postgres")
        done = subprocess.run(
            [_program(), *where, *options, _DATABASE],
            capture_output=True,
            text=True,
            timeout=limit_seconds,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"pgbench failed: {done.stderr[-2000:]}")
        return done.stdout


def _program() -> str:
    """Return pgbench: on the PATH, or beside the server's other programs."""
    return shutil.which("pgbench") or str((programs() / "initdb").resolve().with_name("pgbench"))


def rate_of(output: str) -> float:
    """Return the rate in pgbench's report."""
    found = _RATE.search(output)
    if found is None:
        raise ValueError(f"pgbench reported no rate: {output[-500:]}")
    return float(found[1])


def require_durability(url: str) -> None:
    """Raise ``NotDurable`` unless the server at ``url`` makes each commit durable before it answers."""
    for name in _DURABLE:
        found = execute(url, f"SHOW {name}")[0][0]
        if found != "on":
            raise NotDurable(f"{name} is {found}")


def server_version(url: str) -> str:
    """Return the server's version."""
    return str(execute(url, "SHOW server_version")[0][0])
