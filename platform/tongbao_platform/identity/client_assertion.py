"""Client authentication by ``private_key_jwt`` (RFC 7521, RFC 7523, FAPI 2.0 Security Profile section 5.3.2.1).

Pure: whether a ``jti`` was used before is for the caller to claim, per client, until ``exp`` and the skew have passed.
"""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from tongbao_platform.identity.jose.algorithms.registry import ACCEPTED_NAMES, algorithm_named
from tongbao_platform.identity.jose.jws import CompactJws, MalformedJws, parse_compact
from tongbao_platform.identity.jose.signature import verify
from tongbao_platform.identity.jose.strict_json import JsonRefused, parse_object
from tongbao_platform.identity.key_record import KeyRecord
from tongbao_platform.kernel.clock import SECOND_MS, Instant, format_instant

MAX_ASSERTION_BYTES: Final = 16 * 1024
MAX_AHEAD_SECONDS: Final = 60
# A one-time value is remembered until it expires, so an expiry must come in our lifetime.
MAX_LIFETIME_SECONDS: Final = 3600
_MAX_KEYS_TRIED: Final = 10
_MAX_NUMERIC_DATE: Final = 2**53 - 1
_JTI = re.compile(r"[\x20-\x7e]{1,255}")
_CLIENT_ID = re.compile(r"[\x21-\x7e]{1,128}")
_HEADER_MEMBERS: Final = frozenset({"alg", "kid", "typ", "x5t", "x5t#S256", "cty"})

# Signed things that are not assertions although the same key may sign them (RFC 8725 section 3.11).
OTHER_TYPES: Final = frozenset(
    {
        "payreq+jws",
        "payres+jws",
        "payreturn+jws",
        "payhook+jws",
        "dpop+jwt",
        "oauth-authz-req+jwt",
        "at+jwt",
        "logout+jwt",
        "secevent+jwt",
        "token-introspection+jwt",
    }
)


class Assertion(msgspec.Struct, frozen=True, kw_only=True):
    """An assertion taken apart and not yet believed; ``client_id`` is its ``sub``, to find the client by."""

    client_id: str
    jws: CompactJws
    claims: dict[str, object]


class AcceptedAssertion(msgspec.Struct, frozen=True, kw_only=True):
    """A believed assertion; ``jti`` must be claimed once for the client until ``keep_until``. ``exp`` in seconds."""

    client_id: str
    kid: str
    jti: str
    exp: int
    keep_until: Instant


class AssertionRefusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why a client is not authenticated: ``error`` and ``error_description`` of RFC 6749 section 5.2.

    ``skew_seconds`` is the offending time minus the server's, when a time was the reason; the description names both.
    """

    description: str
    server_time: Instant
    skew_seconds: int | None = None
    error: str = "invalid_client"


def read_assertion(text: str, now: Instant) -> Assertion | AssertionRefusal:
    """Take a ``client_assertion`` apart, so that the client and its keys can be found; nothing is verified yet."""
    try:
        jws = parse_compact(text, MAX_ASSERTION_BYTES)
        claims = parse_object(jws.payload)
    except (MalformedJws, JsonRefused) as error:
        return _refuse(f"client_assertion: {error}", now)
    client_id = claims.get("sub")
    if not isinstance(client_id, str) or _CLIENT_ID.fullmatch(client_id) is None:
        return _refuse("client_assertion: sub must be the client_id", now)
    return Assertion(client_id=client_id, jws=jws, claims=claims)


def check_assertion(
    assertion: Assertion, keys: Sequence[KeyRecord], issuer: str, now: Instant
) -> AcceptedAssertion | AssertionRefusal:
    """Judge ``assertion`` by the registered ``keys`` of its client and our ``issuer``.

    Checked: header (no embedded or referenced keys, no ``crit``, not another kind of token), key, signature; ``iss``
    = ``sub`` = the client, ``aud`` = the issuer as one string, ``exp`` and ``jti`` present, ``exp`` not passed and at
    most an hour away, ``iat`` and ``nbf`` at most 60 seconds ahead, each by itself. Not checked: that a ``client_id``
    parameter sent beside the assertion equals its ``client_id``.
    """
    refusal = _check_header(assertion.jws.header, now)
    if refusal is not None:
        return refusal
    record = _signing_key(assertion, keys, now)
    if record is None:
        return _refuse("client_assertion: no valid key of this client verifies it", now)
    refusal = _check_parties(assertion, issuer, now)
    if refusal is not None:
        return refusal
    exp = _check_times(assertion.claims, now)
    if isinstance(exp, AssertionRefusal):
        return exp
    jti = assertion.claims.get("jti")
    if not isinstance(jti, str) or _JTI.fullmatch(jti) is None:
        return _refuse("client_assertion: jti must be a string of 1 to 255 printable ASCII characters", now)
    return AcceptedAssertion(
        client_id=assertion.client_id,
        kid=record.kid,
        jti=jti,
        exp=exp,
        keep_until=Instant((exp + MAX_AHEAD_SECONDS) * SECOND_MS),
    )


def _check_header(header: dict[str, object], now: Instant) -> AssertionRefusal | None:
    if not header.keys() <= _HEADER_MEMBERS:
        return _refuse("client_assertion: only alg, kid and typ belong in its header", now)
    alg = header.get("alg")
    if not isinstance(alg, str) or algorithm_named(alg) is None:
        return _refuse(f"client_assertion: alg must be one of {', '.join(ACCEPTED_NAMES)}", now)
    kid = header.get("kid")
    if kid is not None and not isinstance(kid, str):
        return _refuse("client_assertion: kid must be a string", now)
    typ = header.get("typ", "JWT")
    if not isinstance(typ, str) or typ.lower().removeprefix("application/") in OTHER_TYPES:
        return _refuse("client_assertion: typ says that it is something else", now)
    return None


def _signing_key(assertion: Assertion, keys: Sequence[KeyRecord], now: Instant) -> KeyRecord | None:
    header = assertion.jws.header
    algorithm = algorithm_named(str(header["alg"]))
    kid = header.get("kid")
    candidates = [
        record
        for record in keys
        if algorithm is not None
        and record.alg == algorithm.name
        and record.owner == assertion.client_id
        and (kid is None or record.kid == kid)
        and record.usable(now)
    ]
    for record in candidates[:_MAX_KEYS_TRIED]:
        if verify(record.public_key(), assertion.jws.signature, assertion.jws.signing_input):
            return record
    return None


def _check_parties(assertion: Assertion, issuer: str, now: Instant) -> AssertionRefusal | None:
    claims = assertion.claims
    if claims.get("iss") != assertion.client_id:
        return _refuse("client_assertion: iss and sub must both be the client_id", now)
    # A string, not an array holding it: an assertion for several servers could be passed on from one to the other.
    if claims.get("aud") != issuer:
        return _refuse("client_assertion: aud must be the issuer identifier as one string", now)
    return None


def _check_times(claims: dict[str, object], now: Instant) -> int | AssertionRefusal:
    server_seconds = now // SECOND_MS
    exp = _numeric_date(claims.get("exp"))
    if exp is None:
        return _refuse("client_assertion: exp is required and must be a number of seconds", now)
    if exp <= server_seconds:
        return _refuse("client_assertion: exp has passed", now, exp - server_seconds)
    if exp > server_seconds + MAX_LIFETIME_SECONDS + MAX_AHEAD_SECONDS:
        return _refuse("client_assertion: exp is more than an hour away", now, exp - server_seconds)
    for name in ("iat", "nbf"):
        if name not in claims:
            continue
        seconds = _numeric_date(claims[name])
        if seconds is None:
            return _refuse(f"client_assertion: {name} must be a number of seconds", now)
        if seconds > server_seconds + MAX_AHEAD_SECONDS:
            return _refuse(f"client_assertion: {name} is in the future", now, seconds - server_seconds)
    return exp


def _numeric_date(value: object) -> int | None:
    # RFC 7519 section 2 allows fractions; bool is an int to Python, and not to JSON.
    if type(value) is not int and type(value) is not float:
        return None
    return int(value) if 0 <= value <= _MAX_NUMERIC_DATE else None


def _refuse(description: str, now: Instant, skew_seconds: int | None = None) -> AssertionRefusal:
    if skew_seconds is not None:
        description = f"{description}; server time {format_instant(now)}, difference {skew_seconds} s"
    return AssertionRefusal(description=description, server_time=now, skew_seconds=skew_seconds)
