"""Verify the signature of an answer, as its receiver does."""

from typing import Final

from tongbao_platform.identity.key_record import KeyLookup
from tongbao_platform.identity.request_signature.judge import Message, Terms, judge
from tongbao_platform.identity.request_signature.model import (
    Evidence,
    ResponseExpectation,
    SignatureRefusal,
    SignedResponse,
)
from tongbao_platform.identity.request_signature.payload import status_line
from tongbao_platform.identity.request_signature.response_sign import (
    COVERED_WHEN_SENT,
    RESPONSE_TYPE,
    request_reference,
)
from tongbao_platform.kernel.clock import Instant

_MUST_COVER: Final = frozenset(name.lower().encode("ascii") for name in COVERED_WHEN_SENT)
_MUST_COVER_WITHOUT_CONTENT: Final = _MUST_COVER - {b"content-type"}


def verify_response(
    response: SignedResponse, expected: ResponseExpectation, find_key: KeyLookup, now: Instant
) -> Evidence | SignatureRefusal:
    """Judge the ``JWS-Signature`` of ``response`` in the same order as a request's.

    ``find_key`` answers a kid with the issuer's key, or None. Every header that matters must be covered where it
    is present, or somebody on the way could have added it.
    """
    terms = Terms(
        typ=RESPONSE_TYPE,
        must_cover=_MUST_COVER_WITHOUT_CONTENT if response.status == 204 else _MUST_COVER,
        iss=expected.issuer,
        aud=expected.client_id,
        binding="req",
        bound=request_reference(expected.request_proof),
    )
    return judge(Message(status_line(response), response.headers, response.body), terms, find_key, now)
