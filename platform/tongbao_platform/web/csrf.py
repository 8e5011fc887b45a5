"""Proof that a form came from our own page, for the session that sends it back.

Three independent guards stand before every POST of a page: the session cookie is ``SameSite=Lax``
(``session_cookie``), ``came_from_our_page`` reads what the browser says about the sender, and the form carries a token
that only the holder of the session's secret can make. All functions are pure: the nonce and the secret are handed in.

The token is ``BASE64URL(nonce) "." BASE64URL(HMAC-SHA256(secret, form and page and nonce))``. It changes with each
rendering (so that a compressed page leaks nothing about it) and fits one form of one page of one session only.
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final, Literal

FormName = Literal["login", "confirm", "decline", "logout"]

FIELD_NAME: Final = "csrf_token"
SECRET_BYTES: Final = 32
NONCE_BYTES: Final = 16

_DOMAIN: Final = b"tongbao checkout form v1"
# 16 bytes are 22 characters of base64url, 32 bytes are 43.
_TOKEN: Final = re.compile(r"(?P<nonce>[A-Za-z0-9_-]{22})\.(?P<mac>[A-Za-z0-9_-]{43})", re.ASCII)


def make_token(secret: bytes, nonce: bytes, *, form: FormName, page: str) -> str:
    """Make the token of one rendered form.

    ``secret`` is the session's own (32 random bytes, also before login: a visitor's session starts with the first
    page and gets a new secret at login). ``nonce`` is 16 fresh random bytes. ``page`` is the page's path. A wrong
    length raises ``ValueError``.
    """
    if len(secret) != SECRET_BYTES or len(nonce) != NONCE_BYTES:
        raise ValueError("the secret is 32 bytes long and the nonce 16")
    return f"{_encode(nonce)}.{_encode(_mac(secret, nonce, form=form, page=page))}"


def check_token(token: str, secret: bytes, *, form: FormName, page: str) -> bool:
    """Tell whether ``token`` was made for this session, form and page; the comparison takes constant time."""
    match = _TOKEN.fullmatch(token)
    if match is None or len(secret) != SECRET_BYTES:
        return False
    nonce = urlsafe_b64decode(match["nonce"] + "==")
    expected = _encode(_mac(secret, nonce, form=form, page=page))
    return hmac.compare_digest(match["mac"].encode(), expected.encode()) and _encode(nonce) == match["nonce"]


def came_from_our_page(*, sec_fetch_site: str | None, origin: str | None, own_origin: str) -> bool:
    """Tell whether the browser calls a POST our own page's doing.

    ``Sec-Fetch-Site`` decides where the browser sends it: only ``same-origin`` passes. Otherwise ``Origin`` must be
    ``own_origin`` (scheme, host and port), absent, or ``null``: under ``Referrer-Policy: no-referrer`` browsers send
    ``Origin: null`` with a form's POST, even to their own origin (Fetch standard, "append a request Origin header").
    """
    if sec_fetch_site is not None:
        return sec_fetch_site == "same-origin"
    return origin is None or origin in ("null", own_origin)


def _mac(secret: bytes, nonce: bytes, *, form: str, page: str) -> bytes:
    message = b"".join(len(part).to_bytes(4, "big") + part for part in (_DOMAIN, form.encode(), page.encode(), nonce))
    return hmac.new(secret, message, hashlib.sha256).digest()


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
