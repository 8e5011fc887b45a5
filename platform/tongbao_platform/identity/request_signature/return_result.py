"""The signed ``result`` a payer's browser carries back to the merchant's ``return_url``: a compact JWS."""

from typing import Final

import msgspec

from tongbao_platform.identity.jose.jws import MalformedJws, parse_compact
from tongbao_platform.identity.jose.keys import SigningKey
from tongbao_platform.identity.jose.signature import sign_compact, verify
from tongbao_platform.identity.jose.strict_json import JsonRefused, parse_object
from tongbao_platform.identity.key_record import KeyLookup
from tongbao_platform.kernel.clock import Instant

RETURN_TYPE: Final = "payreturn+jws"


class ReturnResult(msgspec.Struct, frozen=True, kw_only=True):
    """What the result says: a hint for the page the payer sees, to be confirmed by the API or the webhook.

    ``iat`` in seconds; ``aud`` is the merchant's id.
    """

    payment_id: str
    status: str
    iat: int
    aud: str


class ReturnResultRefused(ValueError):
    """The text is not a result that we signed for this merchant."""


class _Protected(msgspec.Struct):
    alg: str
    kid: str
    typ: str


def sign_return_result(key: SigningKey, result: ReturnResult) -> str:
    """Return the compact JWS with header members ``alg``, ``kid``, ``typ`` and the result's four members."""
    protected = _Protected(alg=key.alg, kid=key.kid, typ=RETURN_TYPE)
    return sign_compact(key, msgspec.json.encode(protected), msgspec.json.encode(result))


def verify_return_result(text: str, aud: str, find_key: KeyLookup, now: Instant) -> ReturnResult:
    """Return what ``text`` says to the merchant ``aud``; ``ReturnResultRefused`` when it is not ours or not for it.

    How old a result may be is the merchant's to decide: a payer may reload the page.
    """
    try:
        jws = parse_compact(text)
        claims = parse_object(jws.payload)
    except (MalformedJws, JsonRefused) as error:
        raise ReturnResultRefused(str(error)) from error
    if jws.header.keys() != {"alg", "kid", "typ"} or jws.header["typ"] != RETURN_TYPE:
        raise ReturnResultRefused("not a payment result")
    kid = jws.header["kid"]
    record = find_key(kid) if isinstance(kid, str) else None
    if record is None or not record.usable(now) or record.alg != jws.header["alg"]:
        raise ReturnResultRefused("not signed by a known key")
    if not verify(record.public_key(), jws.signature, jws.signing_input):
        raise ReturnResultRefused("the signature does not verify")
    try:
        result = msgspec.convert(claims, ReturnResult)
    except msgspec.ValidationError as error:
        raise ReturnResultRefused("the result lacks a member") from error
    if result.aud != aud:
        raise ReturnResultRefused("the result is for another merchant")
    return result
