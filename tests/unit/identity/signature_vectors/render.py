"""The vector files as text."""

import json
from collections.abc import Iterable
from typing import Any, Final

from tests.unit.identity.signature_vectors.accepted_requests import accepted_requests
from tests.unit.identity.signature_vectors.draft import (
    ACCESS_TOKEN,
    AUDIENCE,
    CLIENT,
    ISSUER,
    SERVER_TIME,
    Case,
    b64,
    sha256,
    unb64,
)
from tests.unit.identity.signature_vectors.refused_requests import refused_requests
from tests.unit.identity.signature_vectors.responses import (
    REQUEST_PROOF,
    accepted_responses,
    refused_responses,
    return_results,
)
from tests.unit.identity.signature_vectors.signer import Signer, TestKeys

_SCHEME: Final = "JWS-Signature v1"
_WARNING: Final = "TEST KEYS. Their private halves are public: never register them anywhere."
# Refusals of these checks come after the payload was built, so its hash is known to both sides.
_PAYLOAD_KNOWN: Final = frozenset({"key", "signature", "claims", "window"})


def render() -> dict[str, str]:
    """Return the text of each file by its name."""
    keys = TestKeys()
    signer = Signer(keys)
    request_context = {
        "client_id": CLIENT,
        "audience": AUDIENCE,
        "access_token": ACCESS_TOKEN,
        "ath": sha256(ACCESS_TOKEN.encode()),
        "server_time": SERVER_TIME,
    }
    response_context = {
        "issuer": ISSUER,
        "client_id": CLIENT,
        "request_proof": REQUEST_PROOF,
        "req": sha256(REQUEST_PROOF.encode()),
        "server_time": SERVER_TIME,
    }
    documents: dict[str, Any] = {
        "keys.json": {"scheme": _SCHEME, "warning": _WARNING, "keys": keys.entries},
        "requests.json": {
            "scheme": _SCHEME,
            "context": request_context,
            "accepted": _vectors(accepted_requests(signer)),
            "refused": _vectors(refused_requests(signer)),
        },
        "responses.json": {
            "scheme": _SCHEME,
            "context": response_context,
            "accepted": _vectors(accepted_responses(signer)),
            "refused": _vectors(refused_responses(signer)),
        },
        "return-results.json": {
            "scheme": "payreturn+jws",
            "context": {"aud": "mch_01kbmerchant0000000000000a", "server_time": SERVER_TIME},
            "accepted": list(return_results(signer)),
        },
    }
    return {name: json.dumps(value, indent=2, ensure_ascii=False) + "\n" for name, value in documents.items()}


def _vectors(cases: Iterable[Case]) -> list[dict[str, Any]]:
    return [_vector(case) for case in cases]


def _vector(case: Case) -> dict[str, Any]:
    message = case.message
    start: dict[str, Any] = {"name": case.name, "comment": case.comment}
    if case.code is not None:
        start |= {"code": case.code, "check": case.check}
    if message.status is None:
        start |= {"method": message.method, "target": message.target}
    else:
        start |= {"status": message.status}
    start |= {"headers": [list(line) for line in message.headers], "body": message.body}
    start |= {"jws_signature": list(case.lines)}
    if case.code is None or case.check in _PAYLOAD_KNOWN:
        payload = message.payload(json.loads(_protected(case.lines[0]))["hdrs"])
        start |= {"payload": b64(payload), "payload_sha256": sha256(payload)}
        if case.code is None:
            start |= {
                "kid": case.signing_kid,
                "payload_text": payload.decode(),
                "protected": _protected(case.lines[0]),
                "signature": case.lines[0].split(".")[2],
            }
    return start


def _protected(line: str) -> str:
    return unb64(line.partition(".")[0]).decode()
