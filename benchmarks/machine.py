"""Facts about the machine that figures mean nothing without."""

import os
import platform
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path
from typing import Final

import msgspec

_SYNCS: Final = 60
_BLOCK: Final = bytes(8192)
_IN_MEMORY: Final = frozenset({"tmpfs", "ramfs"})


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """``sync_ms`` is what the disk takes to make 8 KiB durable (median), ``load`` the load at the start."""

    processor: str
    cores: int
    memory_gib: float
    system: str
    python: str
    sqlite: str
    file_system: str
    sync_ms: float
    load: float
    postgresql: str = ""


class UnfitDirectory(Exception):
    """The databases would not lie on a disk, so that durability would cost nothing."""


def describe(directory: Path) -> Machine:
    """Look at the machine and the disk below ``directory``; ``UnfitDirectory`` when that is in memory."""
    file_system = file_system_of(directory, Path("/proc/self/mounts").read_text(encoding="utf-8"))
    if file_system in _IN_MEMORY:
        raise UnfitDirectory(f"{directory} is in memory ({file_system}): name a folder on a disk with --directory")
    return Machine(
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)),
        memory_gib=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        sqlite=sqlite3.sqlite_version,
        file_system=file_system,
        sync_ms=round(_sync_ms(directory), 2),
        load=round(os.getloadavg()[0], 2),
    )


def file_system_of(directory: Path, mounts: str) -> str:
    """Return the type of the file system that holds ``directory``, from the text of ``/proc/mounts``."""
    path = directory.resolve()
    found, longest = "unknown", -1
    for line in mounts.splitlines():
        _, mount_point, kind = line.split()[:3]
        # The later of two mounts on one place hides the earlier.
        if path.is_relative_to(mount_point) and len(mount_point) >= longest:
            found, longest = kind, len(mount_point)
    return found


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _sync_ms(directory: Path) -> float:
    taken: list[float] = []
    with tempfile.TemporaryFile(dir=directory) as file:
        for _ in range(_SYNCS):
            started = time.perf_counter()
            os.pwrite(file.fileno(), _BLOCK, 0)
            os.fdatasync(file.fileno())
            taken.append((time.perf_counter() - started) * 1_000)
    return statistics.median(taken)
