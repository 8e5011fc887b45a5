"""Verify the signature of a request."""

from typing import Final

from tongbao_platform.identity.key_record import KeyLookup
from tongbao_platform.identity.request_signature.judge import Message, Terms, judge, refuse_unsignable
from tongbao_platform.identity.request_signature.model import (
    Evidence,
    RequestExpectation,
    SignatureRefusal,
    SignedRequest,
)
from tongbao_platform.identity.request_signature.payload import PayloadRefused, request_line
from tongbao_platform.kernel.clock import Instant

REQUEST_TYPE: Final = "payreq+jws"
COVERED_WHEN_PRESENT: Final = frozenset({b"idempotency-key", b"content-type", b"on-behalf-of", b"api-version"})


def verify_request(
    request: SignedRequest, expected: RequestExpectation, find_key: KeyLookup, now: Instant
) -> Evidence | SignatureRefusal:
    """Judge the one ``JWS-Signature`` header of ``request``.

    ``find_key`` answers a kid with the key of the token's client, or None. The refusal is the first check that failed,
    in the order header, members, key, signature, claims, window. A used ``jti`` is for the caller to refuse.
    """
    try:
        message = Message(request_line(request), request.headers, request.body)
    except PayloadRefused as error:
        return refuse_unsignable(str(error), now)
    terms = Terms(
        typ=REQUEST_TYPE,
        must_cover=COVERED_WHEN_PRESENT,
        iss=expected.client_id,
        aud=expected.audience,
        binding="ath",
        bound=expected.ath,
    )
    return judge(message, terms, find_key, now)
