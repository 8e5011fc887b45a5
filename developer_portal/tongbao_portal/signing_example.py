"""The worked example of the signing pages: the bytes of one published test vector, step by step.

Everything shown is taken from the vector or computed from it, and what can be computed is compared with what the vector
says, so the page cannot disagree with the vectors that implementers test against.
"""

import base64
import hashlib
import json
from typing import Any, Final

from tongbao_platform.http.problems import Occurrence, SignatureFacts, encode_problem, problem_of
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.settings import Settings

VECTOR: Final = "es256_create"
_LINE_END: Final = "⏎"
_DUMP_WIDTH: Final = 16


class VectorMissing(Exception):
    """The vectors no longer have the one that the page explains."""


def signing_example(vectors: bytes) -> dict[str, str]:
    """Return the snippets of the pages by file name, from the text of ``requests.json``."""
    document = json.loads(vectors)
    vector = next((each for each in document["accepted"] if each["name"] == VECTOR), None)
    if vector is None:
        raise VectorMissing(f"there is no accepted vector {VECTOR}")
    return _snippets(vector, document["context"])


def _snippets(vector: dict[str, Any], context: dict[str, Any]) -> dict[str, str]:
    protected: dict[str, Any] = json.loads(vector["protected"])
    payload = _payload(vector, protected["hdrs"])
    segment = _b64url(vector["protected"].encode())
    header = f"{segment}..{vector['signature']}"
    digest = _b64url(hashlib.sha256(payload).digest())
    ath = _b64url(hashlib.sha256(context["access_token"].encode()).digest())
    _agree(
        (payload, _unb64url(vector["payload"])),
        (digest, vector["payload_sha256"]),
        ([header], vector["jws_signature"]),
        (ath, protected["ath"]),
    )
    values = {
        "access-token": context["access_token"],
        "ath": ath,
        "request": _request(vector, context),
        "payload": _shown(payload),
        "payload-hexdump": hexdump(payload),
        "payload-length": f"{len(payload)} bytes, SHA-256 in base64url {digest}",
        "protected": vector["protected"],
        "protected-members": json.dumps(protected, indent=2),
        "signing-input": f"{segment}.{_b64url(payload)}",
        "header": f"JWS-Signature: {header}",
    }
    files = {f"signing/{name}.txt": text + "\n" for name, text in values.items()}
    files["problem.json.md"] = "```json\n" + json.dumps(json.loads(_problem(digest)), indent=2) + "\n```\n"
    return files


def _agree(*pairs: tuple[object, object]) -> None:
    for computed, published in pairs:
        if computed != published:
            raise ValueError(f"the vector {VECTOR} says {published!r}, computed is {computed!r}")


def _payload(vector: dict[str, Any], hdrs: str) -> bytes:
    lines = [f"{vector['method']} {vector['target']}"]
    values = {name.lower(): value.strip(" \t") for name, value in vector["headers"]}
    lines += [f"{name}: {values[name.lower()]}" for name in hdrs.split(",") if name]
    body: str = vector["body"]
    return "".join(f"{line}\n" for line in lines).encode("latin-1") + body.encode()


def _request(vector: dict[str, Any], context: dict[str, Any]) -> str:
    host = context["audience"].split("://", 1)[1]
    lines = [f"{vector['method']} {vector['target']} HTTP/1.1", f"Host: {host}"]
    lines.append(f"Authorization: Bearer {context['access_token']}")
    lines += [f"{name}: {value}" for name, value in vector["headers"]]
    return "\n".join([*lines, "", vector["body"]])


def _shown(payload: bytes) -> str:
    return payload.decode().replace("\n", f"{_LINE_END}\n")


def hexdump(octets: bytes) -> str:
    """Return ``octets`` sixteen a line: offset, hexadecimal, and ASCII with a dot for what cannot be shown."""
    lines = []
    for start in range(0, len(octets), _DUMP_WIDTH):
        row = octets[start : start + _DUMP_WIDTH]
        text = "".join(chr(octet) if 0x20 <= octet < 0x7F else "." for octet in row)
        lines.append(f"{start:08x}  {row.hex(' '):{_DUMP_WIDTH * 3 - 1}}  {text}")
    return "\n".join(lines)


def _problem(digest: str) -> bytes:
    """Return a refusal of the example as the server writes it, had a byte been changed on the way."""
    refusal = Refusal(code="signature_invalid", detail="the signature does not verify over the payload we built")
    where = Occurrence(Settings().portal_url, "/v1/payments", "req_01kbmzq8s6f3hs0g1n8v5c2w9e")
    facts = SignatureFacts(
        check="signature", server_time="2026-11-22T10:30:00.000Z", skew_seconds=0, payload_sha256=digest
    )
    return encode_problem(problem_of(refusal, where, facts))


def _b64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _unb64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
