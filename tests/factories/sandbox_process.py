"""A sandbox as a user starts it: a process of its own."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.architecture.code_base import ROOT

START_SECONDS: Final = 90.0
_LAST_LINE: Final = "tongbao-sandbox demo plays"
_FOLDERS: Final = ("platform", "sandbox", "sdk/python/src")


def sandbox_environment() -> dict[str, str]:
    """Return an environment in which the source tree is importable and no setting is inherited."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TONGBAO_")}
    return kept | {"PYTHONPATH": os.pathsep.join(str(ROOT / folder) for folder in _FOLDERS), "PYTHONUTF8": "1"}


def sandbox_command(*arguments: str) -> list[str]:
    """Return the command line of ``tongbao-sandbox``."""
    return [sys.executable, "-m", "tongbao_sandbox.command", *arguments]


@contextmanager
def sandbox_process(folder: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run ``tongbao-sandbox run --port 0`` in ``folder`` until it is ready; give it and what it showed.

    Leaving the block stops it with SIGTERM, if the test has not.
    """
    process = subprocess.Popen(
        sandbox_command("run", "--port", "0", *arguments),
        cwd=folder,
        env=sandbox_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    too_late = threading.Timer(START_SECONDS, process.kill)
    too_late.start()
    try:
        assert process.stdout is not None
        screen = ""
        for line in process.stdout:
            screen += line
            if line.startswith(_LAST_LINE):
                break
        too_late.cancel()
        assert _LAST_LINE in screen, (screen, process.communicate())
        yield process, screen
    finally:
        too_late.cancel()
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=START_SECONDS)
