"""Step ``idempotency_key``: every POST of the API names one, so that it can be repeated without harm.

Whether it is covered by the signature was checked there; what became of it earlier is the committer's knowledge.
"""

import re
from typing import Final

from tongbao_platform.http.exchange import Exchange, Proceed, Response
from tongbao_platform.kernel.errors import FieldError, Refusal

_KEY = re.compile(rb"[\x21-\x7e]{1,255}")

_MISSING: Final = Refusal(
    code="idempotency_key_missing",
    detail="Send an Idempotency-Key of 1 to 255 visible ASCII characters, a fresh one for each new request.",
    errors=(FieldError("header:Idempotency-Key", "required", "The header is missing."),),
)
_MALFORMED: Final = Refusal(
    code="invalid_header",
    detail="An Idempotency-Key has 1 to 255 visible ASCII characters and is sent once.",
    errors=(FieldError("header:Idempotency-Key", "bad_format", "1 to 255 characters, 0x21 to 0x7E."),),
)


async def idempotency_key(exchange: Exchange, proceed: Proceed) -> Response:
    """Refuse a POST without a usable key."""
    if exchange.method == "POST":
        values = exchange.header_values(b"idempotency-key")
        if not values:
            return exchange.refuse(_MISSING)
        if len(values) > 1 or _KEY.fullmatch(values[0]) is None:
            return exchange.refuse(_MALFORMED)
    return await proceed(exchange)
