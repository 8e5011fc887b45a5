"""``GET /.well-known/jwks.json``: the platform's public keys (RFC 7517), announced, active and lately retired ones."""

import hashlib
from typing import Any, Final

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.di import NamedDependency

from tongbao_platform.authorization.services import AuthorizationServices
from tongbao_platform.identity.jose import base64url
from tongbao_platform.identity.signing_keys.published import jwks_document

JWKS_PATH: Final = "/.well-known/jwks.json"
# Keys are announced a day before they sign, so nobody who obeys this meets an unknown one.
MAX_AGE_SECONDS: Final = 300


@get(JWKS_PATH, include_in_schema=False)
async def jwks(request: Request[Any, Any, State], services: NamedDependency[AuthorizationServices]) -> Response[bytes]:
    """Publish the keys; answers 304 to whoever names the document's ETag (RFC 9110 section 13.1.2)."""
    body = jwks_document(await services.signing_keys.published())
    etag = f'"{base64url.encode(hashlib.sha256(body).digest())}"'
    headers = {"Cache-Control": f"public, max-age={MAX_AGE_SECONDS}", "ETag": etag}
    if _names(request.headers.getall("if-none-match", []), etag):
        return Response(b"", status_code=304, headers=headers)
    return Response(body, media_type="application/jwk-set+json", headers=headers)


def _names(fields: list[str], etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for field in fields for tag in field.split(",")]
    return etag in tags or "*" in tags
