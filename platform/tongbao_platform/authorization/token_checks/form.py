"""The form's parameters, each once (RFC 6749 section 3.2)."""

from typing import Final
from urllib.parse import parse_qsl

import msgspec

from tongbao_platform.authorization.errors import invalid_request
from tongbao_platform.authorization.services import AuthorizationServices
from tongbao_platform.authorization.token_request import TokenCase

MAX_BODY_BYTES: Final = 32 * 1024
MAX_PARAMETERS: Final = 32


async def check(case: TokenCase, services: AuthorizationServices) -> TokenCase:
    """Read the form strictly. Repeated names are refused; parameters without a value count as absent."""
    del services
    body = case.request.body
    if len(body) > MAX_BODY_BYTES:
        raise invalid_request(f"The body has more than {MAX_BODY_BYTES} bytes.")
    try:
        pairs = _pairs(body)
    except ValueError:
        raise invalid_request(f"The body is not a form of at most {MAX_PARAMETERS} parameters in UTF-8.") from None
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise invalid_request("A parameter is repeated.")
    return msgspec.structs.replace(case, parameters={name: value for name, value in pairs if value})


def _pairs(body: bytes) -> list[tuple[str, str]]:
    if not body:
        return []
    # A form is ASCII on the wire; what is not arrives percent-encoded.
    return parse_qsl(
        body.decode("ascii"),
        keep_blank_values=True,
        strict_parsing=True,
        errors="strict",
        max_num_fields=MAX_PARAMETERS,
    )
