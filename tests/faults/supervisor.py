"""Keeps processes running: what ends is started again at once, until told otherwise."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).resolve().parents[2]
_RESTART_SECONDS: Final = 0.1
STOP_SECONDS: Final = 40.0


class Service:
    """One ``tongbao-server`` process and its successors.

    ``port`` is where it answers; a worker has none. ``own_ends`` counts how often it ended although nobody killed it.
    """

    def __init__(self, name: str, arguments: tuple[str, ...], environment: Mapping[str, str], folder: Path) -> None:
        self.name = name
        self.arguments = arguments
        self.log = folder / f"{name}.log"
        self.port = int(environment["TONGBAO_PORT"]) if "serve" in arguments else None
        self.own_ends = 0
        self.started_at = 0.0
        self._environment = environment
        self._process: asyncio.subprocess.Process | None = None
        self._killed = False
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start, and keep it running from now on."""
        self._stopping = False
        self._task = asyncio.create_task(self._keep_running(), name=self.name)

    def kill(self) -> bool:
        """End the process at once (SIGKILL); false when there is none to kill just now."""
        process = self._process
        if process is None or process.returncode is not None:
            return False
        self._killed = True
        process.kill()
        return True

    async def stop(self) -> None:
        """Ask it to end (SIGTERM), wait, and start it no more; one that does not end is killed."""
        self._stopping = True
        process = self._process
        if process is not None and process.returncode is None:
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await process.wait()
            except TimeoutError:
                process.kill()
        if self._task is not None:
            await self._task

    async def _keep_running(self) -> None:
        while not self._stopping:
            self._killed = False
            with self.log.open("ab") as log:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-m",
                    "tongbao_platform.processes.command",
                    *self.arguments,
                    env=_whole(self._environment),
                    cwd=self.log.parent,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.DEVNULL,
                    stderr=log,
                )
            self.started_at = asyncio.get_running_loop().time()
            await self._process.wait()
            if not (self._killed or self._stopping):
                self.own_ends += 1
                await asyncio.sleep(_RESTART_SECONDS)


async def run_command(arguments: tuple[str, ...], environment: Mapping[str, str]) -> tuple[int, str]:
    """Run one ``tongbao-server`` command to its end; return its exit status and what it said."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tongbao_platform.processes.command",
        *arguments,
        env=_whole(environment),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


def _whole(environment: Mapping[str, str]) -> dict[str, str]:
    paths = [*(str(_ROOT / part) for part in ("platform", "sdk/python/src")), *filter(None, sys.path)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TONGBAO_")}
    return kept | {**environment, "PYTHONPATH": os.pathsep.join(paths)}
