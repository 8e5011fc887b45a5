"""Runs a sandbox until it is told to stop."""

import asyncio
import logging
import signal
import sys

from tongbao_platform.processes.logs import log_as_json
from tongbao_sandbox.open import opened_sandbox
from tongbao_sandbox.options import SandboxOptions
from tongbao_sandbox.start_screen import render_start_screen


async def run_sandbox(options: SandboxOptions, *, log_requests: bool) -> None:
    """Run until SIGINT or SIGTERM, then finish what runs; a second signal ends the process at once."""
    log_as_json(sys.stderr)
    logging.getLogger().setLevel(logging.WARNING)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        stopping.set()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    async with opened_sandbox(options, log=sys.stdout if log_requests else None) as sandbox:
        sys.stdout.write(f"{await render_start_screen(sandbox)}\n")
        sys.stdout.flush()
        await stopping.wait()
        sys.stdout.write("\nStopping ...\n")
        sys.stdout.flush()
