"""``GET /.well-known/oauth-authorization-server`` (RFC 8414): what exists, and nothing that does not yet."""

from typing import Final

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency

from tongbao_platform.authorization.jwks import JWKS_PATH
from tongbao_platform.authorization.services import AuthorizationServices
from tongbao_platform.authorization.token import TOKEN_PATH
from tongbao_platform.authorization.token_checks.grant_type import GRANT_TYPES
from tongbao_platform.identity.jose.algorithms.registry import ACCEPTED_NAMES
from tongbao_platform.identity.scopes import SUPPORTED_SCOPES

METADATA_PATH: Final = "/.well-known/oauth-authorization-server"
MAX_AGE_SECONDS: Final = 300


class ServerMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """The document's members, RFC 8414 section 2.

    ``response_types_supported`` is required there; a server without an authorization endpoint supports ``none``.
    """

    issuer: str
    token_endpoint: str
    jwks_uri: str
    scopes_supported: tuple[str, ...] = SUPPORTED_SCOPES
    response_types_supported: tuple[str, ...] = ("none",)
    grant_types_supported: tuple[str, ...] = GRANT_TYPES
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("private_key_jwt",)
    token_endpoint_auth_signing_alg_values_supported: tuple[str, ...] = ACCEPTED_NAMES


def metadata_document(issuer: str) -> ServerMetadata:
    """Return the document of ``issuer``, which is told back byte for byte."""
    return ServerMetadata(issuer=issuer, token_endpoint=issuer + TOKEN_PATH, jwks_uri=issuer + JWKS_PATH)


@get(METADATA_PATH, include_in_schema=False)
async def metadata(services: NamedDependency[AuthorizationServices]) -> Response[bytes]:
    """Tell clients where and how to authenticate."""
    return Response(
        msgspec.json.encode(metadata_document(services.issuer)),
        media_type="application/json",
        headers={"Cache-Control": f"public, max-age={MAX_AGE_SECONDS}"},
    )
