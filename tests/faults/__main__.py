"""``python -m tests.faults``: real processes under faults; exit status 1 when anything was lost, doubled or made up."""

import asyncio
import signal
import sys
from pathlib import Path

import msgspec
import uvloop

from tests.faults.options import Options, parse
from tests.faults.report import Figures, markdown
from tests.faults.run import run
from tests.faults.small_disk import enter_namespace, this_command


def main() -> int:
    """Run, print the table, write the figures."""
    options = parse(sys.argv[1:])
    enter_namespace(this_command("tests.faults", sys.argv[1:]))
    sys.stderr.write(f"seed {options.seed}\n")
    figures = uvloop.run(_until_signal(options))
    table = markdown(figures)
    _write(options.json, msgspec.json.format(msgspec.json.encode(figures), indent=1) + b"\n")
    if options.markdown is not None:
        _write(options.markdown, table.encode())
    sys.stdout.write(table)
    return 0 if figures.is_clean else 1


async def _until_signal(options: Options) -> Figures:
    """Run; SIGTERM ends it as SIGINT does: in order, with every process and disk removed."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await run(options)


def _write(path: Path, octets: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(octets)


if __name__ == "__main__":
    sys.exit(main())
