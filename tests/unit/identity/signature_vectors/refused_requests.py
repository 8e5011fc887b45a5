"""Requests that must be refused, each with the code and the check that refuses it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from tests.unit.identity.signature_vectors.accepted_requests import CREATE
from tests.unit.identity.signature_vectors.draft import (
    BODY,
    HDRS,
    HEADERS,
    ISSUER,
    OTHER_CLIENT,
    SERVER_TIME,
    Case,
    Message,
    b64,
    compact,
    request_members,
    sha256,
    unb64,
)
from tests.unit.identity.signature_vectors.signer import Signer

_MALFORMED: Final = "signature_malformed"
_QUERY: Final = replace(CREATE, target="/v1/payments?limit=20")
_PROBES: Final = (*HEADERS, ("On-Behalf-Of", "mch_01kbmerchant0000000000000c"))
_B64: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def refused_requests(signer: Signer) -> Iterator[Case]:
    """Yield the cases."""
    yield from _altered_messages(signer)
    yield from _altered_lines(signer)
    yield from _altered_members(signer)
    yield from _altered_members_of_messages(signer)


def _line(signer: Signer, kid: str, message: Message, members: dict[str, object]) -> str:
    return signer.detached(kid, compact(members), message.payload(str(members.get("hdrs", HDRS))))


def _altered_messages(signer: Signer) -> Iterator[Case]:
    """One thing about the message differs from what was signed."""
    kid = "merchant-ed25519"
    cases: tuple[tuple[str, str, Message, Message], ...] = (
        ("altered_method", "signed as POST, sent as PUT", CREATE, replace(CREATE, method="PUT")),
        ("altered_path", "another path", CREATE, replace(CREATE, target="/v1/refunds")),
        ("altered_path_slash", "a slash was added", CREATE, replace(CREATE, target="/v1/payments/")),
        ("altered_path_case", "a letter changed its case", CREATE, replace(CREATE, target="/v1/Payments")),
        ("altered_path_encoding", "a letter was percent-encoded", CREATE, replace(CREATE, target="/v1/%70ayments")),
        ("added_query", "a query was added", CREATE, replace(CREATE, target="/v1/payments?limit=20")),
        ("altered_query", "one digit of the query", _QUERY, replace(_QUERY, target="/v1/payments?limit=21")),
        ("dropped_query", "the query was removed", _QUERY, CREATE),
        (
            "altered_header",
            "another Idempotency-Key",
            CREATE,
            replace(CREATE, headers=(HEADERS[0], ("Idempotency-Key", "idem-20261122-0002"))),
        ),
        ("altered_body_byte", "one digit of the body", CREATE, replace(CREATE, body=BODY.replace("1999", "1998"))),
        ("appended_body_byte", "a line end was added", CREATE, replace(CREATE, body=BODY + "\n")),
        ("dropped_body", "the body was removed", CREATE, replace(CREATE, body="")),
        (
            "header_moved_to_body",
            "a header line cannot be passed off as the start of the body",
            replace(CREATE, headers=HEADERS[:1]),
            replace(CREATE, headers=(), body="Content-Type: application/json\n" + BODY),
        ),
    )
    for name, comment, signed, sent in cases:
        names = [line_name for line_name, _ in signed.headers]
        covered = ",".join(names) if names != ["Content-Type", "Idempotency-Key"] else HDRS
        members = {**request_members(name, kid, "Ed25519"), "hdrs": covered}
        code, check = "signature_invalid", "signature"
        if name == "header_moved_to_body":
            code, check = _MALFORMED, "members"
        line = _line(signer, kid, signed, members)
        yield Case(name=name, comment=comment, message=sent, lines=(line,), signing_kid=kid, code=code, check=check)


def _altered_lines(signer: Signer) -> Iterator[Case]:
    """The header line itself is not in its one proper form. Based on the accepted create cases."""

    def base(kid: str, name: str) -> str:
        return _line(signer, kid, CREATE, request_members(name, kid, signer.alg(kid)))

    es256, ps256 = base("merchant-es256", "es256_create"), base("merchant-ps256", "ps256_create")
    ed25519 = base("merchant-ed25519", "ed25519_create")
    protected, _, signature = es256.split(".")
    octets = unb64(signature)
    long = b64(octets[:32] + b"\0" + octets[32:]), b64(octets + b"\0")
    header, form, length = (_MALFORMED, "header"), (_MALFORMED, "header"), (_MALFORMED, "signature")
    cases: tuple[tuple[str, str, tuple[str, ...], tuple[str, str]], ...] = (
        ("no_signature", "no JWS-Signature header", (), ("signature_missing", "header")),
        ("two_signatures", "two JWS-Signature headers, both good", (es256, ed25519), header),
        ("empty_signature_header", "the header is empty", ("",), header),
        ("joined_signatures", "two values joined by a comma", (f"{es256}, {ed25519}",), header),
        ("too_long", "longer than 8 KiB", (es256 + "A" * 8192,), header),
        ("one_dot", "two segments", (f"{protected}.{signature}",), form),
        ("three_dots", "four segments", (f"{es256}.",), form),
        ("attached_payload", "the payload is inside", (f"{protected}.{b64(CREATE.payload(HDRS))}.{signature}",), form),
        ("no_signature_segment", "the last segment is empty", (f"{protected}..",), form),
        ("padding", "= at the end of the signature", (es256 + "==",), form),
        ("blank_inside", "a blank inside the signature", (f"{es256[:-9]} {es256[-9:]}",), form),
        ("standard_base64", "+ of ordinary base64", (f"{protected}..+{signature[1:]}",), form),
        ("spare_bits", "unused bits of the last character are not zero", (_with_spare_bit(es256),), form),
        ("spare_bits_protected", "the same in the protected header", (_protected_spare_bit(signer),), form),
        ("impossible_length", "a base64url length that no octets have", (es256[:-1],), form),
        ("not_json", "the protected header is not JSON", (f"{b64(b'{alg:ES256}')}..{signature}",), form),
        ("json_array", "the protected header is an array", (f"{b64(b'[]')}..{signature}",), form),
        ("byte_order_mark", "the protected header starts with a BOM", (_with_bom(es256),), form),
        ("es256_too_long_middle", "65 octets: a zero before s", (f"{protected}..{long[0]}",), length),
        ("es256_too_long_end", "65 octets: a zero after s", (f"{protected}..{long[1]}",), length),
        ("es256_too_short", "63 octets", (f"{protected}..{b64(octets[:-1])}",), length),
        ("es256_der", "the DER form of an ECDSA signature", (f"{protected}..{b64(_der(octets))}",), length),
        ("ed25519_too_long", "65 octets", (_resized(ed25519, lambda made: made + b"\0"),), length),
        ("ps256_too_short", "255 octets for a modulus of 256", (_resized(ps256, lambda made: made[1:]),), length),
        (
            "es256_zeros",
            "r and s are zero",
            (f"{protected}..{b64(bytes(64))}",),
            ("signature_invalid", "signature"),
        ),
        (
            "signature_of_another",
            "the signature belongs to another header",
            (f"{protected}..{ed25519.split('.')[2]}",),
            ("signature_invalid", "signature"),
        ),
        (
            "signature_bit",
            "one bit of the signature is flipped",
            (_resized(es256, lambda made: bytes([made[0] ^ 1]) + made[1:]),),
            ("signature_invalid", "signature"),
        ),
    )
    for name, comment, lines, (code, check) in cases:
        yield Case(
            name=name,
            comment=comment,
            message=CREATE,
            lines=lines,
            signing_kid="merchant-es256",
            code=code,
            check=check,
        )


def _altered_members(signer: Signer) -> Iterator[Case]:
    """The protected header says something it must not, properly signed."""
    kid = "merchant-ed25519"
    for member in request_members("", kid, "Ed25519"):
        name = f"missing_{member}"
        members = request_members(name, kid, "Ed25519")
        del members[member]
        yield _members_case(signer, name, f"{member} is missing", compact(members), (_MALFORMED, "members"))
    for name, comment, changes, refusal in _CHANGES:
        members = {**request_members(name, kid, "Ed25519"), **changes}
        yield _members_case(signer, name, comment, compact(members), refusal)
    for member, again in (("aud", ISSUER), ("alg", "Ed25519"), ("jti", "A" * 22)):
        name = f"duplicate_{member}"
        text = compact(request_members(name, kid, "Ed25519"))[:-1] + f',"{member}":"{again}"}}'
        yield _members_case(signer, name, f"{member} is there twice", text, (_MALFORMED, "members"))
    name = "iat_float"
    text = compact(request_members(name, kid, "Ed25519")).replace(str(SERVER_TIME), f"{SERVER_TIME}.0")
    yield _members_case(signer, name, "iat is written as a float", text, (_MALFORMED, "members"))


def _members_case(signer: Signer, name: str, comment: str, protected: str, refusal: tuple[str, str]) -> Case:
    kid = _SIGNED_BY.get(name, "merchant-ed25519")
    return Case(
        name=name,
        comment=comment,
        message=CREATE,
        lines=(signer.detached(kid, protected, CREATE.payload(HDRS)),),
        signing_kid=kid,
        code=refusal[0],
        check=refusal[1],
    )


_SIGNED_BY: Final = {
    "kid_of_other_client": "other-ed25519",
    "kid_revoked": "merchant-revoked",
    "kid_expired": "merchant-expired",
    "kid_not_yet_valid": "merchant-future",
    "alg_of_another_key": "merchant-es256",
    "signed_by_another_key": "other-ed25519",
}
_MEMBERS: Final = (_MALFORMED, "members")
_KEY: Final = ("signature_key_unknown", "key")
_CLAIMS: Final = ("signature_invalid", "claims")
_WINDOW: Final = ("signature_expired", "window")
_CHANGES: Final[tuple[tuple[str, str, dict[str, object], tuple[str, str]], ...]] = (
    ("extra_jku", "jku", {"jku": "https://evil.example/jwks.json"}, _MEMBERS),
    ("extra_x5u", "x5u", {"x5u": "https://evil.example/cert.pem"}, _MEMBERS),
    ("extra_jwk", "an embedded key", {"jwk": {"kty": "OKP", "crv": "Ed25519", "x": "A" * 43}}, _MEMBERS),
    ("extra_b64", "b64 of RFC 7797", {"b64": False, "crit": ["b64"]}, _MEMBERS),
    ("extra_crit", "crit", {"crit": ["exp"]}, _MEMBERS),
    ("extra_req", "req belongs to answers", {"req": sha256(b"x")}, _MEMBERS),
    ("extra_unknown", "a member nobody knows", {"nonce": "1"}, _MEMBERS),
    ("typ_of_response", "typ of an answer", {"typ": "payres+jws"}, _MEMBERS),
    ("typ_jwt", "typ of a client assertion", {"typ": "JWT"}, _MEMBERS),
    ("typ_case", "typ is compared byte for byte", {"typ": "PAYREQ+JWS"}, _MEMBERS),
    ("typ_media_type", "typ with application/", {"typ": "application/payreq+jws"}, _MEMBERS),
    ("alg_none", "alg none", {"alg": "none"}, _MEMBERS),
    ("alg_hs256", "a shared-secret algorithm", {"alg": "HS256"}, _MEMBERS),
    ("alg_rs256", "RSA with PKCS #1 v1.5", {"alg": "RS256"}, _MEMBERS),
    ("alg_case", "alg is compared byte for byte", {"alg": "ed25519"}, _MEMBERS),
    ("alg_number", "alg is not a string", {"alg": 1}, _MEMBERS),
    ("kid_empty", "kid is empty", {"kid": ""}, _MEMBERS),
    ("kid_null", "kid is null", {"kid": None}, _MEMBERS),
    (
        "aud_array",
        "aud is an array, even of the right one",
        {"aud": ["https://api.sandbox.tongbao.example:8443"]},
        _MEMBERS,
    ),
    ("ath_empty", "ath is empty", {"ath": ""}, _MEMBERS),
    ("jti_too_short", "a jti of 21 characters", {"jti": "A" * 21}, _MEMBERS),
    ("jti_too_long", "a jti of 65 characters", {"jti": "A" * 65}, _MEMBERS),
    ("jti_characters", "a jti with a character outside base64url", {"jti": "A" * 21 + "+"}, _MEMBERS),
    ("iat_string", "iat is a string", {"iat": str(SERVER_TIME)}, _MEMBERS),
    ("iat_true", "iat is true", {"iat": True}, _MEMBERS),
    ("iat_negative", "iat is negative", {"iat": -1}, _MEMBERS),
    ("hdrs_array", "hdrs is an array", {"hdrs": ["Idempotency-Key", "Content-Type"]}, _MEMBERS),
    ("kid_unknown", "nobody's key", {"kid": "merchant-nobody"}, _KEY),
    ("kid_of_other_client", "another client's key, good signature", {"kid": "other-ed25519"}, _KEY),
    ("kid_revoked", "a revoked key", {"kid": "merchant-revoked"}, _KEY),
    ("kid_expired", "a key whose validity ends this second", {"kid": "merchant-expired"}, _KEY),
    ("kid_not_yet_valid", "a key whose validity starts next second", {"kid": "merchant-future"}, _KEY),
    ("alg_not_the_keys", "alg ES256 with the kid of an Ed25519 key", {"alg": "ES256"}, _KEY),
    ("alg_of_another_key", "signed by the client's ES256 key under the Ed25519 kid", {"alg": "ES256"}, _KEY),
    ("signed_by_another_key", "another client's key under this client's kid", {}, ("signature_invalid", "signature")),
    ("iss_other_client", "iss of another client", {"iss": OTHER_CLIENT}, _CLAIMS),
    ("aud_issuer", "aud is the issuer, not the API", {"aud": ISSUER}, _CLAIMS),
    ("aud_with_slash", "a slash at the end of aud", {"aud": "https://api.sandbox.tongbao.example:8443/"}, _CLAIMS),
    ("aud_without_port", "aud without its port", {"aud": "https://api.sandbox.tongbao.example"}, _CLAIMS),
    ("ath_other_token", "ath of another token", {"ath": sha256(b"another token")}, _CLAIMS),
    ("iat_too_old", "301 seconds behind", {"iat": SERVER_TIME - 301}, _WINDOW),
    ("iat_too_new", "61 seconds ahead", {"iat": SERVER_TIME + 61}, _WINDOW),
    ("iat_milliseconds", "iat in milliseconds", {"iat": SERVER_TIME * 1000}, _WINDOW),
)


def _altered_members_of_messages(signer: Signer) -> Iterator[Case]:
    """``hdrs`` and the headers of the message do not fit."""
    kid = "merchant-ed25519"
    repeated = (*HEADERS, HEADERS[1])
    cases: tuple[tuple[str, str, Message, str], ...] = (
        ("hdrs_missing_in_request", "hdrs names a header that is not there", CREATE, f"{HDRS},Api-Version"),
        ("hdrs_repeated_in_request", "a covered header is there twice", replace(CREATE, headers=repeated), HDRS),
        ("hdrs_names_twice", "hdrs names a header twice", CREATE, f"{HDRS},Content-Type"),
        ("hdrs_names_twice_in_other_case", "the same in another case", CREATE, f"{HDRS},content-type"),
        ("hdrs_blank", "a blank after the comma", CREATE, "Idempotency-Key, Content-Type"),
        ("hdrs_trailing_comma", "a comma at the end", CREATE, f"{HDRS},"),
        ("hdrs_line_end", "a line end in a name", CREATE, f"{HDRS},X\nY"),
        ("uncovered_idempotency_key", "Idempotency-Key is not covered", CREATE, "Content-Type"),
        ("uncovered_content_type", "Content-Type is not covered", CREATE, "Idempotency-Key"),
        ("uncovered_on_behalf_of", "On-Behalf-Of is not covered", replace(CREATE, headers=_PROBES), HDRS),
        (
            "uncovered_api_version",
            "Api-Version is not covered",
            replace(CREATE, headers=(*HEADERS, ("api-version", "2026-11-22"))),
            HDRS,
        ),
        (
            "hdrs_authorization",
            "hdrs names Authorization: what is covered is kept as evidence, and the token must not be",
            replace(CREATE, headers=(*HEADERS, ("Authorization", "Bearer vector-access-token"))),
            f"{HDRS},Authorization",
        ),
        (
            "header_value_not_ascii",
            "a covered value has a character outside visible ASCII",
            replace(CREATE, headers=(*HEADERS, ("X-Till", "caf\u00e9"))),
            f"{HDRS},X-Till",
        ),
    )
    for name, comment, message, hdrs in cases:
        members = {**request_members(name, kid, "Ed25519"), "hdrs": hdrs}
        line = _line(signer, kid, message, members)
        yield Case(
            name=name,
            comment=comment,
            message=message,
            lines=(line,),
            signing_kid=kid,
            code=_MALFORMED,
            check="members",
        )


def _with_spare_bit(line: str) -> str:
    # 64 octets end in a character of which four bits are unused.
    return line[:-1] + _B64[_B64.index(line[-1]) + 1]


def _protected_spare_bit(signer: Signer) -> str:
    # A header whose length leaves spare bits, so that its last character has a second spelling.
    for length in range(22, 25):
        members = {**request_members("spare_bits_protected", "merchant-ed25519", "Ed25519"), "jti": "A" * length}
        text = compact(members)
        if len(text.encode()) % 3:
            segment, _, signature = signer.detached("merchant-ed25519", text, CREATE.payload(HDRS)).split(".")
            return f"{segment[:-1]}{_B64[_B64.index(segment[-1]) + 1]}..{signature}"
    raise AssertionError("one of three lengths leaves spare bits")


def _with_bom(line: str) -> str:
    protected, _, signature = line.split(".")
    marked = b64(b"\xef\xbb\xbf" + unb64(protected))
    return f"{marked}..{signature}"


def _resized(line: str, change: Callable[[bytes], bytes]) -> str:
    protected, _, signature = line.split(".")
    return f"{protected}..{b64(change(unb64(signature)))}"


def _der(raw: bytes) -> bytes:
    numbers = b""
    for half in (raw[:32], raw[32:]):
        stripped = half.lstrip(b"\0")
        value = b"\0" + stripped if stripped[0] & 0x80 else stripped
        numbers += bytes([2, len(value)]) + value
    return bytes([0x30, len(numbers)]) + numbers
