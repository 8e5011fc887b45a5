"""Error logs as JSON lines: when, how bad, where, which request; never a body, a header or a token."""

import logging
import traceback
from types import TracebackType
from typing import Final, TextIO, TypeAlias

import msgspec

from tongbao_platform.kernel.clock import Instant, format_instant
from tongbao_platform.kernel.errors import PlatformFault

_ENCODE: Final = msgspec.json.Encoder().encode
_LONGEST_CHAIN: Final = 10

ExceptionInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class LogLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the log."""

    at: str
    level: str
    logger: str
    message: str
    request_id: str | None = None
    error: str | None = None


class JsonFormatter(logging.Formatter):
    """Renders records as ``LogLine``. Of an exception the places in the code and the class are kept.

    Its message is not: drivers quote rows in theirs, with logins and descriptions. Only faults of our own keep it.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return one JSON line."""
        line = LogLine(
            at=format_instant(Instant(int(record.created * 1000))),
            level=record.levelname.lower(),
            logger=record.name,
            message=record.getMessage(),
            request_id=getattr(record, "request_id", None),
            error=self.formatException(record.exc_info) if record.exc_info else None,
        )
        return _ENCODE(line).decode()

    def formatException(self, ei: ExceptionInfo) -> str:  # noqa: N802 - the name is logging's
        """Return the exception and what it came from, each with its places, the last one first."""
        error, parts = ei[1], list[str]()
        while error is not None and len(parts) < _LONGEST_CHAIN:
            parts.append("".join(traceback.format_tb(error.__traceback__)) + _named(error))
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\nfrom:\n".join(parts)


def _named(error: BaseException) -> str:
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    if isinstance(error, PlatformFault):
        return f"{name}: {error}"
    # PostgreSQL's five characters say what kind of error it was.
    state = getattr(error, "sqlstate", None)
    return name if state is None else f"{name} [{state}]"


def log_as_json(stream: TextIO) -> None:
    """Send everything from INFO upward to ``stream``, one JSON line each."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # At INFO these write whole addresses of requests, and an address can be a secret.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
