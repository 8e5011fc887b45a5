"""Builds what is signed, with the standard library alone; a test runs it over all published vectors."""

import base64
import hashlib
import json
import secrets
import time


# --8<-- [start:payload]
def payload(method: str, target: str, headers: dict[str, str], hdrs: list[str], body: bytes) -> bytes:
    """``target``: path and query exactly as sent. ``hdrs``: names of the covered headers, in the order you choose."""
    value_of = {name.lower(): value.strip(" \t") for name, value in headers.items()}
    lines = [f"{method} {target}"]
    lines += [f"{name}: {value_of[name.lower()]}" for name in hdrs]
    return "".join(line + "\n" for line in lines).encode("ascii") + body


# --8<-- [end:payload]


# --8<-- [start:protected]
def protected(client_id: str, base_url: str, access_token: str, key: dict[str, str], hdrs: list[str]) -> bytes:
    members = {
        "alg": key["alg"],
        "kid": key["kid"],
        "typ": "payreq+jws",
        "iat": int(time.time()),
        "jti": secrets.token_urlsafe(16),
        "iss": client_id,
        "aud": base_url,
        "ath": base64url(hashlib.sha256(access_token.encode("ascii")).digest()),
        "hdrs": ",".join(hdrs),
    }
    return json.dumps(members, separators=(",", ":")).encode()


# --8<-- [end:protected]


# --8<-- [start:header]
def base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def signing_input(protected_header: bytes, payload_octets: bytes) -> bytes:
    return f"{base64url(protected_header)}.{base64url(payload_octets)}".encode("ascii")


def header_value(protected_header: bytes, signature: bytes) -> str:
    return f"{base64url(protected_header)}..{base64url(signature)}"


# --8<-- [end:header]
