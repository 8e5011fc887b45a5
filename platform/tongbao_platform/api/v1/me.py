"""The calling client itself."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tongbao_platform.api.reading import found
from tongbao_platform.api.services import ApiServices
from tongbao_platform.api.v1.values import Livemode, MerchantId, Timestamp, shown
from tongbao_platform.http.exchange import Exchange, Response
from tongbao_platform.http.operation_spec import OperationSpec
from tongbao_platform.identity.keys.model import KeyWithUse
from tongbao_platform.kernel.clock import format_instant


class ClientMerchant(msgspec.Struct, frozen=True, kw_only=True):
    """A merchant that the client may act for."""

    id: MerchantId
    name: str
    return_origins: Annotated[list[str], Meta(description="Origins that a checkout may come back to.")]


class ClientKey(msgspec.Struct, frozen=True, kw_only=True):
    """A public key that the client has registered."""

    kid: str
    alg: Annotated[str, Meta(description="ES256, PS256 or Ed25519; fixed per key.")]
    use: str
    valid_from: Timestamp
    valid_until: Timestamp | None
    last_used_at: Timestamp | None


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """The client that the token belongs to."""

    client_id: str
    object: Literal["client"]
    profile: Annotated[str, Meta(description="merchant or fapi2.")]
    livemode: Livemode
    merchants: list[ClientMerchant]
    scopes: Annotated[list[str], Meta(description="What this token may do.")]
    api_version: Annotated[str, Meta(description="The version that the client is pinned to.")]
    keys: list[ClientKey]


async def get(exchange: Exchange, services: ApiServices) -> Response:
    """Get the calling client.

    With its merchants, the scopes of the token at hand, its pinned API version and its keys.
    """
    caller = exchange.require_caller()
    identity = exchange.identity
    if identity is None:
        raise RuntimeError("the pipeline lets nobody pass unrecognised")
    merchant = await services.directory.merchant(caller.merchant_id)
    merchants = [] if merchant is None else [merchant]
    keys = await services.list_keys(caller.client_id)
    return found(
        Client(
            client_id=caller.client_id,
            object="client",
            profile=caller.profile,
            livemode=caller.livemode,
            merchants=[
                ClientMerchant(id=each.id, name=each.name, return_origins=list(each.return_origins))
                for each in merchants
            ],
            scopes=sorted(caller.scopes),
            api_version=identity.registered.client.api_version,
            keys=[_key(each) for each in keys if each.key.revoked_at is None],
        )
    )


def _key(shown_key: KeyWithUse) -> ClientKey:
    key = shown_key.key
    return ClientKey(
        kid=key.kid,
        alg=key.alg,
        use=key.use,
        valid_from=format_instant(key.valid_from),
        valid_until=shown(key.valid_until),
        last_used_at=shown(shown_key.last_used_at),
    )


OPERATIONS = (
    OperationSpec(
        method="GET",
        path="/v1/me",
        operation_id="me.get",
        scope=None,
        tag="me",
        handler=get,
        result=Client,
        statuses={200: "The client."},
    ),
)
