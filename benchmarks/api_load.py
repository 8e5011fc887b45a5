"""The API as a process of its own on a filled database, and load against it from another process."""

import contextlib
import http.client
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import msgspec

from benchmarks.load_generator import Assignment, LoadFigures
from benchmarks.population import Population

_START_SECONDS: Final = 60
_STOP_SECONDS: Final = 40
_SIGNING_SECONDS: Final = 60
_SETTLE_SECONDS: Final = 30


class ApiProcess:
    """A running server process: the address that clients sign for, its own port, and its process id."""

    def __init__(self, base_url: str, port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self.base_url = base_url
        self.port = port
        self.process = process
        self._log = log

    @property
    def process_id(self) -> int:
        """The process that answers and decides."""
        return self.process.pid

    def last_words(self) -> str:
        """Return the end of what the server told on standard error."""
        return self._log.read_text(encoding="utf-8", errors="replace")[-3_000:]


def free_port() -> int:
    """Return a port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(database_url: str, base_url: str, port: int, keyring: str, folder: Path) -> Iterator[ApiProcess]:
    """Run ``tongbao-server serve --no-workers`` while the block lasts, its access log written to a file.

    Several may serve one ``base_url``, each on a port of its own, as behind a load balancer.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TONGBAO_")}
    environment = kept | {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "TONGBAO_DATABASE_URL": database_url,
        "TONGBAO_BASE_URL": base_url,
        "TONGBAO_PORT": str(port),
        "TONGBAO_RATE_LIMIT": "false",
        "TONGBAO_KEYRING": keyring,
    }
    errors = folder / f"server-{port}.err"
    command = [sys.executable, "-m", "tongbao_platform.processes.command", "serve", "--no-workers"]
    with (folder / f"server-{port}.log").open("wb") as lines, errors.open("wb") as told:
        process = subprocess.Popen(command, stdout=lines, stderr=told, env=environment, cwd=folder)
    server = ApiProcess(base_url, port, process, errors)
    try:
        _wait_until_ready(server, port)
        yield server
    finally:
        _end(process)


def _wait_until_ready(server: ApiProcess, port: int) -> None:
    give_up = time.monotonic() + _START_SECONDS
    while time.monotonic() < give_up:
        if server.process.poll() is not None:
            break
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.1)
    raise RuntimeError(f"the server did not get ready:\n{server.last_words()}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def load(servers: Sequence[ApiProcess], population: Population, kind: str, seconds: float) -> Iterator["Load"]:
    """Start a load generator that has signed its requests and waits for ``Load.go``."""
    assignment = Assignment(
        base_url=servers[0].base_url,
        ports=[server.port for server in servers],
        kind=kind,
        seconds=seconds,
        prefix=f"{secrets.token_hex(6)}-",
        clients=list(population.clients),
        parties=list(population.parties),
    )
    command = [sys.executable, "-m", "benchmarks.load_generator"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
    try:
        yield Load(process, assignment)
    except BaseException:
        sys.stderr.write("".join(server.last_words() for server in servers))
        raise
    finally:
        process.kill()
        process.communicate()


class Load:
    """A load generator on its way."""

    def __init__(self, process: "subprocess.Popen[bytes]", assignment: Assignment) -> None:
        self._process = process
        self._seconds = assignment.seconds
        self._write(msgspec.json.encode(assignment))
        if self._line(_SIGNING_SECONDS) != b"ready\n":
            raise RuntimeError("the load generator failed before it began")

    def go(self) -> LoadFigures:
        """Let it play and return its figures."""
        self._write(b"go")
        line = self._line(self._seconds + _SETTLE_SECONDS)
        if not line:
            raise RuntimeError("the load generator failed")
        return msgspec.json.decode(line, type=LoadFigures)

    def _write(self, line: bytes) -> None:
        stream = _pipe(self._process.stdin)
        stream.write(line + b"\n")
        stream.flush()

    def _line(self, seconds: float) -> bytes:
        """Return the next line; a generator that is silent for too long is ended, and an empty line returned."""
        guard = threading.Timer(seconds, self._process.kill)
        guard.start()
        try:
            return _pipe(self._process.stdout).readline()
        finally:
            guard.cancel()


def _pipe(stream: "IO[bytes] | None") -> "IO[bytes]":
    if stream is None:
        raise RuntimeError("the load generator has no pipe")
    return stream
