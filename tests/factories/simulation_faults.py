"""Where a simulated database fails, how, and how often: drawn from a seed, counted by kind."""

import sqlite3
from collections import Counter
from random import Random
from typing import Final

import asyncpg
import msgspec

# What may go wrong at each step of a transaction. "lost" is a connection that breaks, "away" a database that does not
# come back for a while, "late" a commit that goes on in the server after its connection has broken.
KINDS: Final[dict[str, tuple[str, ...]]] = {
    "open": ("refused",),
    "begin": ("locked", "lost", "crash"),
    "claim": ("locked", "conflict", "lost", "crash", "data"),
    "load": ("locked", "conflict", "lost", "crash"),
    "search": ("lost", "crash"),
    "write": ("data", "conflict", "lost", "full", "crash"),
    "before commit": ("conflict", "lost", "full", "away", "crash", "late"),
    "after commit": ("lost", "away", "crash"),
    "job": ("lost", "crash"),
    "after sending": ("crash",),
}


class Profile(msgspec.Struct, frozen=True):
    """How likely each step fails, and whether processes may die."""

    name: str
    rate: float
    crashes: bool


PROFILES: Final = (
    Profile("calm", 0.0, crashes=False),
    Profile("errors", 0.01, crashes=False),
    Profile("crashes", 0.01, crashes=True),
    Profile("storm", 0.025, crashes=True),
)


class Faults:
    """Draws faults while it is ``active``; ``counted`` says how many of which kind happened where."""

    def __init__(self, random: Random, profile: Profile) -> None:
        self._random = random
        self._profile = profile
        self.active = False
        self.counted: Counter[str] = Counter()

    def draw(self, point: str) -> str | None:
        """Return what goes wrong at ``point`` now, mostly nothing."""
        rate = self._profile.rate
        # Around the commit is where a wrong committer loses money: look there more often.
        likely = rate * (3 if point in {"before commit", "after commit", "after sending"} else 1)
        if not self.active or self._random.random() >= likely:
            return None
        kind = self._random.choice(KINDS[point])
        if kind == "crash" and not self._profile.crashes:
            kind = "lost" if "lost" in KINDS[point] else ""
        if not kind:
            return None
        self.counted[f"{kind} at {point}" if " " not in point else f"{kind} {point}"] += 1
        return kind

    def seconds(self, longest: float) -> float:
        """Return how long something takes."""
        return self._random.random() * longest


def error_of(kind: str, point: str) -> Exception:
    """Return the driver's error for a fault; ``injected`` marks it as ours."""
    error: Exception
    if kind == "locked" and point == "begin":
        error = _sqlite_error(sqlite3.SQLITE_BUSY)
    elif kind == "full":
        error = _sqlite_error(sqlite3.SQLITE_FULL)
    elif kind == "locked":
        error = asyncpg.LockNotAvailableError("injected")
    elif kind == "conflict":
        error = asyncpg.DeadlockDetectedError("injected")
    elif kind == "data":
        error = asyncpg.NumericValueOutOfRangeError("injected")
    else:
        error = ConnectionResetError("injected")
    error.injected = True  # type: ignore[attr-defined]  # our mark
    return error


def is_injected(error: BaseException | None) -> bool:
    """Tell whether ``error`` is one of ours, or came of one."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if getattr(error, "injected", False):
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False


def _sqlite_error(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("injected")
    error.sqlite_errorcode = code
    return error
