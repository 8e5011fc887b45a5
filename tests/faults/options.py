"""What a run can be told on the command line."""

import argparse
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

Database = Literal["postgresql", "sqlite"]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """``minutes`` of faults at random, or (0) each kind once, one after the other. ``rate`` is operations a second.

    ``mean_kill_seconds`` lie between two kills, ``mean_other_seconds`` between two other faults.
    """

    database: Database = "postgresql"
    minutes: float = 10.0
    seed: int = 0
    clients: int = 24
    rate: float = 150.0
    mean_kill_seconds: float = 4.5
    mean_other_seconds: float = 15.0
    json: Path = Path("var/faults.json")
    markdown: Path | None = None
    keep: Path | None = None

    @property
    def is_short(self) -> bool:
        """Whether each kind of fault is made once only."""
        return self.minutes == 0


def parse(arguments: Sequence[str]) -> Options:
    """Read the command line; a run without a seed draws one and prints it."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults",
        description="Kill, cut, lock and fill what the platform stands on while it works; then look for lost money.",
    )
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    parser.add_argument("--minutes", type=float, default=10.0, help="0: each kind of fault once (default 10)")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="repeats the choices of a run")
    parser.add_argument("--clients", type=int, default=24, help="clients at work at once (default 24)")
    parser.add_argument("--rate", type=float, default=150.0, help="operations a second in all (default 150)")
    parser.add_argument("--mean-kill-seconds", type=float, default=4.5, help="between two kills (default 4.5)")
    parser.add_argument("--mean-other-seconds", type=float, default=15.0, help="between two others (default 15)")
    parser.add_argument("--json", type=Path, default=Path("var/faults.json"), help="where the figures go")
    parser.add_argument("--markdown", type=Path, help="where the table goes besides")
    parser.add_argument("--keep", type=Path, help="a folder for journals and logs, which are removed otherwise")
    return msgspec.convert(vars(parser.parse_args(arguments)), Options)
