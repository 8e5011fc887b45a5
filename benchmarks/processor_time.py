"""How much processor time processes have used, from /proc (proc(5))."""

import os
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_TICKS_PER_SECOND: Final = os.sysconf("SC_CLK_TCK")


def seconds_of(stat: str, *, with_ended_children: bool) -> float:
    """Return user and system time in the text of ``/proc/<pid>/stat``; children count when they have ended."""
    # The command's name stands in brackets and may hold anything, brackets too.
    fields = stat.rpartition(")")[2].split()
    counted = fields[11:15] if with_ended_children else fields[11:13]
    return sum(map(int, counted)) / _TICKS_PER_SECOND


def family_seconds(process: int) -> float:
    """Return the time of ``process`` and all its descendants, living and ended; 0 for one that is gone."""
    try:
        total = seconds_of((_PROC / str(process) / "stat").read_text(), with_ended_children=True)
        children = "".join(path.read_text() for path in (_PROC / str(process) / "task").glob("*/children"))
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return total + sum(family_seconds(int(child)) for child in children.split())


def thread_seconds(process: int) -> tuple[float, float]:
    """Return the time of a process' main thread, and that of all its other living threads."""
    threads = {
        int(path.parent.name): seconds_of(path.read_text(), with_ended_children=False)
        for path in (_PROC / str(process) / "task").glob("*/stat")
    }
    main = threads.pop(process)
    return main, sum(threads.values())
