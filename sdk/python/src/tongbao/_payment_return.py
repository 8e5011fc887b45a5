"""The signed ``result`` a payer's browser brings back to the ``return_url`` (compact JWS, ``payreturn+jws``)."""

from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from tongbao import _base64url
from tongbao._call import Engine
from tongbao._effects import Steps
from tongbao._errors import ConfigurationError, SignatureError
from tongbao._jws import Malformed, algorithm_fits, is_signed_by, parse, parse_object

TYPE: Final = "payreturn+jws"
MAX_AGE_SECONDS: Final = 3600.0
FUTURE_SECONDS: Final = 60.0


class PaymentReturn(msgspec.Struct, frozen=True, kw_only=True):
    """What the platform says about a payment on the payer's way back.

    It is fit for a page ("thank you"), not for delivering goods: for that, get the payment or wait for the webhook.
    ``claims`` holds all members.
    """

    payment_id: str
    status: str
    issued_at: datetime
    merchant: str
    claims: dict[str, Any]


class ReturnCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What to verify: the text from the URL, for which merchant (``aud``), not older than this."""

    result: str
    merchant_id: str | None = None
    max_age_seconds: float = MAX_AGE_SECONDS


def verify_return(engine: Engine, check: ReturnCheck) -> Steps[PaymentReturn]:
    """Return the verified content; ``SignatureError`` for everything the issuer did not sign for this merchant now."""
    merchant = check.merchant_id or engine.config.merchant_id
    if merchant is None:
        raise ConfigurationError("name the merchant the result must be for: merchant_id=… here or at the client")
    try:
        if not isinstance(check.result, str) or not check.result.isascii():
            raise Malformed("the result is not a JWS")
        jws = parse(check.result, detached=False)
        claims = parse_object(_base64url.decode(jws.payload_segment))
    except ValueError as error:
        raise SignatureError(str(error)) from None
    kid = jws.protected.get("kid")
    if jws.protected.get("typ") != TYPE or "crit" in jws.protected or not isinstance(kid, str):
        raise SignatureError(f"this is not a {TYPE}")
    key = yield from engine.keys.find(kid)
    if key is None or not algorithm_fits(key, jws.protected.get("alg")) or not is_signed_by(key, jws):
        raise SignatureError("the result is not signed by the issuer")
    return _read_claims(claims, merchant, check.max_age_seconds, engine)


def _read_claims(claims: dict[str, Any], merchant: str, max_age: float, engine: Engine) -> PaymentReturn:
    payment_id, status, issued = claims.get("payment_id"), claims.get("status"), claims.get("iat")
    if not isinstance(payment_id, str) or not isinstance(status, str) or type(issued) is not int:
        raise SignatureError("the result lacks payment_id, status or iat")
    if claims.get("aud") != merchant:
        raise SignatureError("the result is for another merchant")
    if claims.get("iss", engine.config.issuer) != engine.config.issuer:
        raise SignatureError("the result is from another issuer")
    age = engine.config.environment.now() - issued
    if not -FUTURE_SECONDS <= age <= max_age:
        raise SignatureError("the result is too old" if age > 0 else "the result lies in the future")
    return PaymentReturn(
        payment_id=payment_id,
        status=status,
        issued_at=datetime.fromtimestamp(issued, UTC),
        merchant=merchant,
        claims=claims,
    )
