"""Writes: from a decoded command to the answer's bytes, through the committer.

The renderer made here is pure: it turns the operation's result, or its refusal, into status, headers and bytes, and the
committer stores those with the effect, for the idempotency key to repeat.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Any, Final

import msgspec

from tongbao_platform.api.services import ApiServices
from tongbao_platform.execution.operation import Answer, Claim, Context, Idempotency, OneTime
from tongbao_platform.http.api_version import API_VERSION
from tongbao_platform.http.exchange import Exchange, Response
from tongbao_platform.http.problems import PROBLEM_MEDIA_TYPE, SignatureFacts, encode_problem, problem_of
from tongbao_platform.kernel.clock import DAY_MS, MINUTE_MS, Instant, format_instant, later
from tongbao_platform.kernel.errors import Refusal

JSON: Final = "application/json"
IDEMPOTENCY_LIFE_MS: Final = 7 * DAY_MS
# A signature counts from 60 s before to 300 s after its time: past that its jti need not be remembered.
_JTI_LIFE_MS: Final = 10 * MINUTE_MS
_RETRY_AFTER: Final = {"idempotency_in_progress": "1"}
_TRACEPARENT = re.compile(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_encode = msgspec.json.Encoder().encode

REPLAYED_SIGNATURE: Final = Refusal(
    code="signature_replayed",
    detail="This signature was used before. Sign every attempt anew, with a fresh jti.",
    stored=False,
)


class Shown(msgspec.Struct, frozen=True):
    """A result as it is answered: the wire struct (``None``: no body), its status, and where it can be found.

    ``secret`` is false where an answer of an operation that may show a secret shows none.
    """

    body: Any
    status: int = 200
    location: str | None = None
    secret: bool = True


Show = Callable[[Any], Shown]


async def run(exchange: Exchange, services: ApiServices, operation: Any, command: Any, show: Show) -> Response:  # noqa: ANN401 - any operation module with its command
    """Run ``operation`` for the caller and return its answer, the stored one when the key was used before."""
    now = services.clock.now()
    context = Context(
        actor=exchange.require_caller().client_id,
        caller=exchange.caller,
        idempotency=_idempotency(exchange, now),
        once=_once(exchange, now),
        evidence=exchange.evidence,
        render=_renderer(exchange, show, now),
        request_id=exchange.request_id,
        traceparent=_traceparent(exchange),
    )
    outcome = await services.committer.run(operation, command, context)
    answer = outcome.answer
    if answer is None:
        raise RuntimeError("an operation with a renderer has an answer")
    if outcome.refusal is not None:
        exchange.code = outcome.refusal.code
    response = Response(answer.status, list(answer.headers), answer.body)
    if outcome.replayed:
        response.headers.append(("Idempotent-Replayed", "true"))
    return response


def _idempotency(exchange: Exchange, now: Instant) -> Idempotency | None:
    if exchange.method != "POST":
        return None
    operation = exchange.operation
    key = exchange.header(b"idempotency-key")
    if operation is None or key is None:
        raise RuntimeError("the pipeline lets no POST pass without a key")
    caller = exchange.require_caller()
    text = b"%s %s\n%s" % (exchange.method.encode(), exchange.target, exchange.body)
    return Idempotency(
        scope=f"{caller.client_id}|{caller.on_behalf_of or ''}|{operation.operation_id}",
        key=key.decode("ascii"),
        fingerprint=hashlib.sha256(text).digest(),
        expires_at=later(now, IDEMPOTENCY_LIFE_MS),
        sealed=operation.sealed,
    )


def _once(exchange: Exchange, now: Instant) -> OneTime | None:
    evidence = exchange.evidence
    if evidence is None:
        return None
    claim = Claim("jti", exchange.require_caller().client_id, evidence.jti, expires_at=later(now, _JTI_LIFE_MS))
    return OneTime(claim, REPLAYED_SIGNATURE)


def _renderer(exchange: Exchange, show: Show, now: Instant) -> Callable[[Any], Answer]:
    version = (API_VERSION, exchange.api_version)
    where = exchange.occurrence()

    def render(result: Any) -> Answer:  # noqa: ANN401 - the operation's result, or its refusal
        if isinstance(result, Refusal):
            replayed = result.code == REPLAYED_SIGNATURE.code
            facts = SignatureFacts(check="replay", server_time=format_instant(now)) if replayed else None
            problem = problem_of(result, where, facts)
            headers = [("Content-Type", PROBLEM_MEDIA_TYPE), version]
            if replayed:
                headers.append(("WWW-Authenticate", "Bearer"))
            if result.code in _RETRY_AFTER:
                headers.append(("Retry-After", _RETRY_AFTER[result.code]))
            return Answer(status=problem.status, headers=tuple(headers), body=encode_problem(problem))
        shown = show(result)
        if shown.body is None:
            return Answer(status=shown.status, headers=(version,), body=b"")
        headers = [("Content-Type", JSON), version]
        if shown.location is not None:
            headers.append(("Location", shown.location))
        return Answer(status=shown.status, headers=tuple(headers), body=_encode(shown.body), secret=shown.secret)

    return render


def _traceparent(exchange: Exchange) -> str | None:
    """Return the W3C trace context (version 00) that came with the request, if there is one."""
    value = exchange.header(b"traceparent")
    return value.decode("ascii") if value is not None and _TRACEPARENT.fullmatch(value) else None
