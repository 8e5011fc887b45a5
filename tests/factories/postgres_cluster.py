"""A PostgreSQL server of a test's own, for tests and benchmarks that kill, fill or restart one.

The server on port 5432 is shared and never touched by them.
"""

import os
import pwd
import select
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_ACCOUNT: Final = "postgres"
_TIMEOUT_SECONDS: Final = 60


class PostgresCluster:
    """A throw-away cluster on a free port of 127.0.0.1, user ``postgres``, no password.

    ``settings`` are server settings (``{"fsync": "off"}``); ``parent`` is where its folder is made, so that a test may
    put it on a small file system. Use it as a context manager: entering makes and starts it, leaving removes it.
    PostgreSQL refuses to run as root; as root everything runs as the system user ``postgres``.
    """

    def __init__(self, settings: Mapping[str, str] | None = None, parent: Path | None = None) -> None:
        self._settings = dict(settings or {})
        self._parent = parent
        self._folder: Path | None = None
        self.port = 0

    def __enter__(self) -> Self:
        folder = Path(tempfile.mkdtemp(prefix="tongbao-cluster-", dir=self._parent))
        self._folder = folder
        try:
            if os.geteuid() == 0:
                shutil.chown(folder, _ACCOUNT, _ACCOUNT)
            self._run(
                "initdb", "--no-sync", "-A", "trust", "-U", _ACCOUNT, "-E", "UTF8", "--locale=C", "-D", self._data
            )
            self.port = _free_port()
            self.start()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._remove()

    @property
    def server_url(self) -> str:
        """Return the URL without a database, as ``PostgresDatabases`` takes it."""
        return f"postgresql://{_ACCOUNT}@127.0.0.1:{self.port}"

    def url(self, database: str = "postgres") -> str:
        """Return the URL of ``database``."""
        return f"{self.server_url}/{database}"

    def start(self) -> None:
        """Start the server and return when it accepts connections."""
        fixed = {"listen_addresses": "127.0.0.1", "port": str(self.port), "unix_socket_directories": ""}
        options = " ".join(f"-c {name}='{value}'" for name, value in (self._settings | fixed).items())
        log = str(self._root / "server.log")
        self._run("pg_ctl", "start", "-w", "-t", str(_TIMEOUT_SECONDS), "-D", self._data, "-l", log, "-o", options)

    def stop(self, mode: str = "fast") -> None:
        """Stop the server; ``mode`` is smart, fast or immediate (the last one leaves crash recovery to the start)."""
        self._run("pg_ctl", "stop", "-w", "-t", str(_TIMEOUT_SECONDS), "-m", mode, "-D", self._data)

    def restart(self) -> None:
        """Stop in mode fast and start again on the same port."""
        self.stop()
        self.start()

    def kill(self) -> None:
        """Kill every process of the server at once (SIGKILL), as a power cut would."""
        main = self.process_id
        if main is None:
            return
        # A stopped parent starts no new children while they are counted; all must be gone before a restart.
        os.kill(main, signal.SIGSTOP)
        family = [main, *_children_of(main)]
        handles = [os.pidfd_open(process) for process in family]
        for handle in handles:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
        for handle in handles:
            _wait_until_gone(handle)
            os.close(handle)
        # Where nothing reaps orphans (a bare container) the dead stay listed, and the lock file would seem to be held.
        (Path(self._data) / "postmaster.pid").unlink()

    def log(self) -> str:
        """Return what the server has logged so far."""
        path = self._root / "server.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    @property
    def _root(self) -> Path:
        if self._folder is None:
            raise RuntimeError("the cluster is used outside its with block")
        return self._folder

    @property
    def _data(self) -> str:
        return str(self._root / "data")

    @property
    def process_id(self) -> int | None:
        """Return the server's main process; all others are its children. ``None`` when it does not run."""
        try:
            text = (Path(self._data) / "postmaster.pid").read_text(encoding="ascii")
        except FileNotFoundError:
            return None
        return int(text.splitlines()[0])

    def _remove(self) -> None:
        self.kill()
        shutil.rmtree(self._root, ignore_errors=True)
        self._folder = None

    def _run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs; ``RuntimeError`` with its output and the server's log when it fails."""
        # A file, not a pipe, takes the output: the started server inherits it and would keep a pipe open for ever.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                [*_as_account(), str(programs() / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                timeout=2 * _TIMEOUT_SECONDS,
                check=False,
            )
            output.seek(0)
            said = output.read().decode(errors="replace")
        if done.returncode != 0:
            raise RuntimeError(f"{program} failed with {done.returncode}:\n{said}\n{self.log()}")


def _as_account() -> list[str]:
    if os.geteuid() != 0:
        return []
    account = pwd.getpwnam(_ACCOUNT)
    return ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups", "--"]


def programs() -> Path:
    """Return the folder of initdb and pg_ctl: on the PATH, or where Debian keeps each version's (newest first)."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).parent
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(versions, key=lambda path: int(path.parent.parent.name), default=None)
    if newest is None:
        raise RuntimeError("PostgreSQL is not installed; run: sudo apt-get install postgresql")
    return newest.parent


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _children_of(parent: int) -> list[int]:
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii")
    return [int(child) for child in children.split()]


def _wait_until_gone(handle: int) -> None:
    """Block until the process behind a pidfd has ended."""
    ended, _, _ = select.select([handle], [], [], _TIMEOUT_SECONDS)
    if not ended:
        raise RuntimeError("a killed process did not end")
