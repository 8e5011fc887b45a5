"""Small unsigned exchanges with the authorization server: metadata, keys, tokens."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import msgspec

from tongbao._config import Config
from tongbao._effects import Exchange, Pause, Reply, Steps, TransportFailure
from tongbao._errors import ConnectionFailed, ConnectionTimedOut
from tongbao._jws import parse_object
from tongbao._retry import TRANSIENT, RetryPolicy, read_retry_after
from tongbao._version import VERSION

USER_AGENT = f"tongbao-python/{VERSION}"


class Fetch(msgspec.Struct, frozen=True, kw_only=True):
    """What to fetch. ``form`` makes a fresh form body for each attempt, or is None for a GET."""

    url: str
    what: str
    form: Callable[[], str] | None = None


def fetch(config: Config, wanted: Fetch) -> Steps[Reply]:
    """Return the answer, repeating what is transient (these exchanges change nothing); else ``ConnectionFailed``."""
    parts = urlsplit(wanted.url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    environment = config.environment
    policy = RetryPolicy(max_retries=config.max_retries, max_retry_after_seconds=config.max_retry_after_seconds)
    retries = 0
    while True:
        headers = [("Accept", "application/json"), ("Accept-Encoding", "identity"), ("User-Agent", USER_AGENT)]
        body = None
        if wanted.form is not None:
            headers.append(("Content-Type", "application/x-www-form-urlencoded"))
            body = wanted.form().encode("ascii")
        reply: Reply | None = None
        reason = TransportFailure("", sent=False)
        try:
            reply = yield Exchange(
                method="GET" if body is None else "POST",
                origin=f"{parts.scheme}://{parts.netloc}",
                target=target,
                headers=headers,
                body=body,
                timeout_seconds=config.timeout_seconds,
            )
        except TransportFailure as error:
            reason = error
        if reply is not None and reply.status not in TRANSIENT:
            return reply
        wanted_delay = read_retry_after(reply.value("retry-after"), environment.now()) if reply is not None else None
        delay = policy.delay(retries, wanted_delay, environment.chance)
        if delay is None:
            if reply is not None:
                return reply
            kind = ConnectionTimedOut if reason.timed_out else ConnectionFailed
            raise kind(f"{wanted.what} could not be reached: {reason.reason}") from reason
        retries += 1
        yield Pause(delay)


def read_document(reply: Reply, what: str) -> dict[str, Any]:
    """Return the JSON object of a 200 answer; ``ConnectionFailed`` for anything else."""
    if reply.status != 200:
        raise ConnectionFailed(f"{what} answered {reply.status}")
    try:
        return parse_object(reply.body)
    except ValueError as error:
        raise ConnectionFailed(f"{what} is not a JSON object: {error}") from None
