"""Step ``verify_signature``: the token's client signed these very bytes. Runs before anything is decoded."""

from typing import Final

import msgspec

from tongbao_platform.execution.operation import Evidence
from tongbao_platform.http.exchange import Exchange, Proceed, Response, Step
from tongbao_platform.http.problems import SignatureFacts
from tongbao_platform.identity.jose import base64url
from tongbao_platform.identity.keys.record_use import KeyUseLog
from tongbao_platform.identity.request_signature import (
    RequestExpectation,
    SignatureRefusal,
    SignedRequest,
    verify_request,
)
from tongbao_platform.kernel.clock import Clock, format_instant
from tongbao_platform.kernel.errors import Refusal

_SEPARATOR: Final = ".."


class SignatureTerms(msgspec.Struct, frozen=True):
    """``audience`` is the API's base URL as clients sign it; ``show_payload`` tells what we built (sandbox only)."""

    audience: str
    show_payload: bool


def verify_signature(terms: SignatureTerms, clock: Clock, key_uses: KeyUseLog) -> Step:
    """Return the step; whether the ``jti`` was used before is claimed in the operation's own transaction."""

    async def step(exchange: Exchange, proceed: Proceed) -> Response:
        identity = exchange.identity
        if identity is None:
            raise RuntimeError("signatures are verified behind the authenticate step")
        now = clock.now()
        request = SignedRequest(exchange.method, exchange.target, exchange.headers, exchange.body)
        expected = RequestExpectation(client_id=identity.caller.client_id, audience=terms.audience, ath=identity.ath)
        verified = verify_request(request, expected, identity.registered.key, now)
        if isinstance(verified, SignatureRefusal):
            return _refuse(exchange, verified, show_payload=terms.show_payload)
        protected, _, signature = verified.proof.partition(_SEPARATOR)
        exchange.proof = verified.proof
        exchange.evidence = Evidence(
            kid=verified.kid,
            jti=verified.jti,
            payload=verified.payload,
            protected=protected.encode("ascii"),
            signature=signature.encode("ascii"),
        )
        key_uses.note(identity.registered.key_ids[verified.kid], now)
        return await proceed(exchange)

    return step


def _refuse(exchange: Exchange, refused: SignatureRefusal, *, show_payload: bool) -> Response:
    shown = base64url.encode(refused.payload) if show_payload and refused.payload is not None else None
    facts = SignatureFacts(
        check=refused.check,
        server_time=format_instant(refused.server_time),
        skew_seconds=refused.skew_seconds,
        payload_sha256=refused.payload_sha256,
        payload=shown,
    )
    refusal = Refusal(code=refused.code, detail=refused.detail)
    return exchange.refuse(refusal, [("WWW-Authenticate", "Bearer")], facts)
