"""Error logs as JSON lines: when, how bad, where, which request; never a body, a header or a token."""

import logging
from typing import Final, TextIO

import msgspec

from tongbao_platform.kernel.clock import Instant, format_instant

_ENCODE: Final = msgspec.json.Encoder().encode


class LogLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the log."""

    at: str
    level: str
    logger: str
    message: str
    request_id: str | None = None
    error: str | None = None


class JsonFormatter(logging.Formatter):
    """Renders records as ``LogLine``; a traceback is kept, for it names our code and no values."""

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


def log_as_json(stream: TextIO) -> None:
    """Send everything from INFO upward to ``stream``, one JSON line each."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # At INFO these write whole addresses of requests, and an address can be a secret.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
