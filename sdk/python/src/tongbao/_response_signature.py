"""Verifies an answer: ``JWS-Signature`` v1 of type ``payres+jws``, bound to the request it answers."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from tongbao import _base64url
from tongbao._effects import Reply
from tongbao._jws import Malformed, ParsedJws, algorithm_fits, digest, is_signed_by, parse
from tongbao._public_keys import PublicKey

TYPE: Final = "payres+jws"
MEMBERS: Final = frozenset({"alg", "kid", "typ", "iat", "jti", "iss", "aud", "hdrs", "req"})
# The server accepts requests whose clock is up to 300 s behind and 60 s ahead; seen from there its own is as far off.
WINDOW_SECONDS: Final = 300
_ALWAYS_COVERED: Final = ("content-type", "request-id", "location", "retry-after", "idempotent-replayed")


class NotSigned(Exception):
    """The answer is not the issuer's; the text says what is wrong."""


class Expectation(msgspec.Struct, frozen=True, kw_only=True):
    """Who must have signed (``issuer``), for whom (``client_id``), in answer to which request (its signature)."""

    issuer: str
    client_id: str
    request_signature: str
    now: float


def read_signature(reply: Reply) -> ParsedJws:
    """Return the answer's signature, taken apart; ``NotSigned`` when there is not exactly one well-formed one."""
    found = reply.values("jws-signature")
    if len(found) != 1:
        raise NotSigned("the answer is not signed" if not found else "the answer has several signatures")
    try:
        jws = parse(found[0], detached=True)
    except Malformed as error:
        raise NotSigned(str(error)) from None
    protected = jws.protected
    if set(protected) != MEMBERS:
        raise NotSigned("the answer's signature does not have exactly the required members")
    if type(protected["iat"]) is not int or not all(isinstance(protected[name], str) for name in MEMBERS - {"iat"}):
        raise NotSigned("the answer's signature has a member of the wrong type")
    return jws


def verify_response(reply: Reply, jws: ParsedJws, key: PublicKey | None, expected: Expectation) -> None:
    """Return if ``key`` signed this answer to this request for this client; ``NotSigned`` says what does not fit."""
    wanted = {
        "typ": TYPE,
        "iss": expected.issuer,
        "aud": expected.client_id,
        "req": digest(expected.request_signature),
    }
    protected = jws.protected
    if key is None:
        raise NotSigned("the answer is signed with a key that is not the issuer's")
    if not algorithm_fits(key, protected["alg"]):
        raise NotSigned("the answer's signature names another algorithm than its key has")
    for name, value in wanted.items():
        if protected[name] != value:
            raise NotSigned(f"the answer's signature has another {name}")
    payload = _payload(reply, protected)
    if not is_signed_by(key, jws, _base64url.encode(payload)):
        raise NotSigned("the answer's signature is wrong")
    if abs(expected.now - protected["iat"]) > WINDOW_SECONDS:
        raise NotSigned("the answer's signature is too old or lies in the future; is this machine's clock right?")


def _payload(reply: Reply, protected: Mapping[str, Any]) -> bytes:
    names = protected["hdrs"].split(",") if protected["hdrs"] else []
    lowered = [name.lower() for name in names]
    if len(set(lowered)) != len(lowered):
        raise NotSigned("the answer's signature covers a header twice")
    for name in _ALWAYS_COVERED:
        if reply.values(name) and name not in lowered:
            raise NotSigned(f"the answer's signature does not cover {name}")
    lines = []
    for name in names:
        values = reply.values(name.lower())
        if len(values) != 1:
            raise NotSigned(f"the covered header {name} is missing or repeated")
        value = values[0].strip(" \t")
        lines.append(f"{name}: {value}\n")
    try:
        return f"{reply.status}\n{''.join(lines)}".encode("ascii") + reply.body
    except UnicodeEncodeError:
        raise NotSigned("a covered header is not ASCII") from None
