"""Webhook signatures: Standard Webhooks 1.0.0, scheme ``v1`` (HMAC-SHA256, shared secret).

The signed content is ``{webhook-id}.{webhook-timestamp}.{raw body}``. While a secret is being rotated every valid
secret signs, and the header lists all signatures with a space between them.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Final

SECRET_PREFIX: Final = "whsec_"
MIN_SECRET_BYTES: Final = 24
MAX_SECRET_BYTES: Final = 64
_NEW_SECRET_BYTES: Final = 32


def new_secret() -> str:
    """Return a fresh endpoint secret: ``whsec_`` and 32 random bytes in standard base64 with padding."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(_NEW_SECRET_BYTES)).decode("ascii")


def secret_key(secret: str) -> bytes:
    """Return the HMAC key (24-64 bytes) of a secret as shown to the merchant.

    Raises ``ValueError`` for any other prefix (``whsk_`` and ``whpk_`` are Ed25519 keys), for base64 that is not
    canonical, and for a key of another length. The message never repeats the secret.
    """
    if not secret.startswith(SECRET_PREFIX):
        raise ValueError("a webhook secret starts with whsec_")
    encoded = secret.removeprefix(SECRET_PREFIX)
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a webhook secret is base64 after whsec_") from None
    if base64.b64encode(key).decode("ascii") != encoded:
        raise ValueError("a webhook secret is canonical base64 after whsec_")
    if not MIN_SECRET_BYTES <= len(key) <= MAX_SECRET_BYTES:
        raise ValueError("a webhook secret has 24 to 64 bytes")
    return key


def signature_headers(
    *, event_id: str, timestamp_seconds: int, body: bytes, valid_secrets: Sequence[str]
) -> dict[str, str]:
    """Return the three Standard Webhooks headers of one attempt.

    ``event_id`` stays the same over all attempts; ``timestamp_seconds`` (Unix time) is that of this attempt; ``body``
    is the stored bytes, sent as they are; ``valid_secrets`` are the endpoint's secrets in force, newest first. Raises
    ``ValueError`` when the id could be confused with the rest of the signed content, the time is negative, or no
    secret is in force.
    """
    if not event_id or not event_id.isascii() or not event_id.isprintable() or "." in event_id or " " in event_id:
        raise ValueError("a webhook id is printable ASCII without a dot or a space")
    if timestamp_seconds < 0:
        raise ValueError("a webhook timestamp is not negative")
    if not valid_secrets:
        raise ValueError("an endpoint without a secret cannot be signed for")
    content = b"%s.%d.%s" % (event_id.encode("ascii"), timestamp_seconds, body)
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp_seconds),
        "webhook-signature": " ".join(_signature(secret_key(secret), content) for secret in valid_secrets),
    }


def _signature(key: bytes, content: bytes) -> str:
    return "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode("ascii")
