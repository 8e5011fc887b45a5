"""The octets that are signed.

``METHOD SP request-target LF``, then ``Name: value LF`` for each covered header, then the body: the way TrueLayer's
public request signing v2 builds them. An answer starts with ``status LF`` instead.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from tongbao_platform.identity.request_signature.model import Headers, SignedRequest, SignedResponse

_METHOD = re.compile(r"[A-Z]{1,20}")
_TARGET = re.compile(rb"/[^\x00-\x20\x7f]*")
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(rb"[\x20-\x7e\t]*")

# Proven by `ath` or by itself; and what is covered is stored as evidence, where no secret may be.
_NEVER_COVERED: Final = frozenset({b"authorization", b"cookie", b"dpop", b"jws-signature"})


class PayloadRefused(ValueError):
    """The message cannot be signed or verified as its ``hdrs`` say."""


def request_target(raw_path: bytes, query_string: bytes) -> bytes:
    """Return the request-target for an ASGI scope's ``raw_path`` and ``query_string``, without a bare ``?``."""
    return raw_path + b"?" + query_string if query_string else raw_path


def build_payload(request: SignedRequest, names: Iterable[str]) -> bytes:
    """Return the octets for ``request`` covering ``names`` in that order, spelled as there.

    ``PayloadRefused`` when a name is no header name, is given twice, or is missing or repeated in the request, when a
    covered value has other than visible ASCII, space and tab, and when method or target are not what HTTP allows.
    """
    return join(request_line(request), index(request.headers), names, request.body)


def build_response_payload(response: SignedResponse, names: Iterable[str]) -> bytes:
    """Return the octets for ``response`` covering ``names``; errors as for requests."""
    return join(status_line(response), index(response.headers), names, response.body)


def request_line(request: SignedRequest) -> bytes:
    """Return ``METHOD SP request-target``; a bare trailing ``?`` is not part of the target."""
    target = request.target
    if target.endswith(b"?") and target.index(b"?") == len(target) - 1:
        target = target[:-1]
    if _METHOD.fullmatch(request.method) is None or _TARGET.fullmatch(target) is None:
        raise PayloadRefused("method or request-target have characters that cannot be signed")
    return request.method.encode("ascii") + b" " + target


def status_line(response: SignedResponse) -> bytes:
    """Return the status in three digits."""
    return b"%03d" % response.status


def index(headers: Headers) -> dict[bytes, bytes | None]:
    """Return the value for each lower-case name, without surrounding blanks; None for a name on several lines."""
    values: dict[bytes, bytes | None] = {}
    for name, value in headers:
        key = name.lower()
        values[key] = None if key in values else value.strip(b" \t")
    return values


def join(first_line: bytes, values: Mapping[bytes, bytes | None], names: Iterable[str], body: bytes) -> bytes:
    """Return ``first_line``, the covered headers and ``body`` as the signed octets."""
    parts = [first_line, b"\n"]
    for key, spelled, name in covered(tuple(names)):
        if key not in values:
            raise PayloadRefused(f"hdrs names {name}, which the message does not have")
        value = values[key]
        if value is None:
            raise PayloadRefused(f"{name} is covered and stands on several lines")
        if _VALUE.fullmatch(value) is None:
            raise PayloadRefused(f"the value of {name} has other than visible ASCII, space and tab")
        parts += (spelled, value, b"\n")
    parts.append(body)
    return b"".join(parts)


# A client names the same headers in every request.
@lru_cache(maxsize=256)
def covered(names: tuple[str, ...]) -> tuple[tuple[bytes, bytes, str], ...]:
    """Return (lower-case name, ``Name: ``, name) for each of the names of ``hdrs``, or raise ``PayloadRefused``."""
    seen: dict[bytes, tuple[bytes, bytes, str]] = {}
    for name in names:
        if _NAME.fullmatch(name) is None:
            raise PayloadRefused("hdrs must be header names joined by commas without blanks")
        key = name.lower().encode("ascii")
        if key in seen:
            raise PayloadRefused(f"hdrs names {name} twice")
        if key in _NEVER_COVERED:
            raise PayloadRefused(f"hdrs may not name {name}")
        seen[key] = (key, name.encode("ascii") + b": ", name)
    return tuple(seen.values())


@lru_cache(maxsize=256)
def covered_names(names: tuple[str, ...]) -> frozenset[bytes]:
    """Return the lower-case names of ``hdrs``."""
    return frozenset(key for key, _, _ in covered(names))
