"""Requests that must be accepted."""

from collections.abc import Iterator
from dataclasses import replace

from tests.unit.identity.signature_vectors.draft import (
    BODY,
    HEADERS,
    SERVER_TIME,
    Case,
    Message,
    compact,
    request_members,
)
from tests.unit.identity.signature_vectors.signer import Signer

CREATE = Message()
READ = Message(method="GET", headers=(), body="")
_UNICODE = BODY.replace("Two coffees", "两杯咖啡 ☕ — naïve")

_CASES: tuple[tuple[str, str, str, Message, dict[str, object]], ...] = (
    ("es256_create", "a payment is created; ES256", "merchant-es256", CREATE, {}),
    ("ps256_create", "the same with PS256; a salt of 32 octets", "merchant-ps256", CREATE, {}),
    ("ed25519_create", "the same with Ed25519", "merchant-ed25519", CREATE, {}),
    (
        "eddsa_legacy_name",
        "alg is written EdDSA, the older name (RFC 8037), with an Ed25519 key",
        "merchant-ed25519",
        CREATE,
        {"alg": "EdDSA"},
    ),
    (
        "read_without_headers",
        "nothing to cover: hdrs is the empty string, the body is empty",
        "merchant-es256",
        replace(READ, target="/v1/payments/pay_01kbqxyz0000000000000000aa"),
        {"hdrs": ""},
    ),
    (
        "query",
        "the query is signed byte for byte, percent-encoding as sent",
        "merchant-ps256",
        replace(READ, target="/v1/payments?limit=20&metadata.cart=%E4%B8%80+%2f&status=succeeded"),
        {"hdrs": ""},
    ),
    (
        "bare_question_mark",
        "a bare trailing ? is sent and is not part of the request-target that is signed",
        "merchant-ed25519",
        replace(READ, target="/v1/payments?"),
        {"hdrs": ""},
    ),
    (
        "two_question_marks",
        "the second ? is a query of one character, so both are signed",
        "merchant-ed25519",
        replace(READ, target="/v1/payments??"),
        {"hdrs": ""},
    ),
    (
        "path_bytes_as_sent",
        "upper and lower case percent-encoding are different bytes and stay as sent",
        "merchant-ed25519",
        replace(READ, target="/v1/payments/by-merchant-order-no/A%2dB_%2D"),
        {"hdrs": ""},
    ),
    (
        "empty_body_post",
        "a POST without a body: the payload ends after the last header line",
        "merchant-es256",
        Message(
            target="/v1/payments/pay_01kbqxyz0000000000000000aa/close",
            headers=(("Idempotency-Key", "close-1"),),
            body="",
        ),
        {"hdrs": "Idempotency-Key"},
    ),
    (
        "unicode_body",
        "the body is its UTF-8 octets",
        "merchant-es256",
        replace(CREATE, body=_UNICODE),
        {},
    ),
    (
        "body_with_line_ends",
        "line ends and blanks of the body are signed as they are",
        "merchant-ed25519",
        replace(CREATE, body=BODY.replace(",", ",\r\n  ") + "\n"),
        {},
    ),
    (
        "several_headers",
        "every header that matters, and one more, in the signer's own order",
        "merchant-ed25519",
        replace(
            CREATE,
            headers=(
                ("Accept", "application/json"),
                *HEADERS,
                ("On-Behalf-Of", "mch_01kbmerchant0000000000000c"),
                ("Api-Version", "2026-11-22"),
                ("X-Till", "7"),
            ),
        ),
        {"hdrs": "Api-Version,X-Till,On-Behalf-Of,Idempotency-Key,Content-Type"},
    ),
    (
        "header_names_in_any_case",
        "names match without case; the payload has them as hdrs spells them",
        "merchant-es256",
        replace(CREATE, headers=(("content-type", "application/json"), ("IDEMPOTENCY-KEY", "k"))),
        {"hdrs": "idempotency-key,CONTENT-TYPE"},
    ),
    (
        "header_value_trimmed",
        "blanks and tabs around a header value are not part of it; those inside stay",
        "merchant-ed25519",
        replace(CREATE, headers=(("Content-Type", "  application/json;\tcharset=utf-8 \t"), HEADERS[1])),
        {},
    ),
    (
        "header_value_empty",
        "a covered header may be empty: its line ends after colon and space",
        "merchant-ed25519",
        replace(CREATE, headers=(*HEADERS, ("X-Till", ""))),
        {"hdrs": "Idempotency-Key,Content-Type,X-Till"},
    ),
    (
        "uncovered_header_repeated",
        "headers that do not matter may be there twice and stay uncovered",
        "merchant-ed25519",
        replace(CREATE, headers=(*HEADERS, ("X-Till", "1"), ("X-Till", "2"))),
        {},
    ),
    ("iat_oldest", "300 seconds behind the server's time", "merchant-ed25519", CREATE, {"iat": SERVER_TIME - 300}),
    ("iat_newest", "60 seconds ahead of the server's time", "merchant-ed25519", CREATE, {"iat": SERVER_TIME + 60}),
    ("jti_longest", "a jti of 64 characters", "merchant-ed25519", CREATE, {"jti": "A-_z" * 16}),
)


def accepted_requests(signer: Signer) -> Iterator[Case]:
    """Yield the cases."""
    for name, comment, kid, message, changes in _CASES:
        members = {**request_members(name, kid, signer.alg(kid)), **changes}
        line = signer.detached(kid, compact(members), message.payload(str(members["hdrs"])))
        yield Case(name=name, comment=comment, message=message, lines=(line,), signing_kid=kid)
