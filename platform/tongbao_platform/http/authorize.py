"""Step ``authorize``: the token's scope, and the merchant that the client acts for."""

from typing import Final

from msgspec.structs import replace

from tongbao_platform.http.exchange import Exchange, Proceed, Response
from tongbao_platform.kernel.errors import FieldError, Refusal

_NOT_ALLOWED: Final = Refusal(
    code="on_behalf_of_not_allowed",
    detail="The client may not act for this merchant.",
    errors=(FieldError("header:On-Behalf-Of", "not_allowed", "Not a merchant of this client."),),
)


async def authorize(exchange: Exchange, proceed: Proceed) -> Response:
    """Refuse what the token does not carry, and every merchant but the client's own."""
    caller = exchange.require_caller()
    operation = exchange.operation
    if operation is not None and operation.scope is not None and not caller.may(operation.scope):
        refusal = Refusal(code="insufficient_scope", detail=f"The token lacks the scope {operation.scope}.")
        challenge = f'Bearer error="insufficient_scope", scope="{operation.scope}"'
        return exchange.refuse(refusal, [("WWW-Authenticate", challenge)])
    named = exchange.header_values(b"on-behalf-of")
    if named:
        if named != [caller.merchant_id.encode("ascii")]:
            return exchange.refuse(_NOT_ALLOWED)
        exchange.caller = replace(caller, on_behalf_of=caller.merchant_id)
    return await proceed(exchange)
