"""The metadata and the key set."""

import msgspec
import pytest
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata

from tests.unit.authorization.conftest import World
from tests.unit.authorization.token_client import ISSUER
from tongbao_platform.identity.jose.keys import import_public_jwk
from tongbao_platform.identity.signing_keys.rotate import rotate


async def test_the_metadata_is_valid_and_names_only_what_exists(world: World) -> None:
    answer = await world.http.get("/.well-known/oauth-authorization-server")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["cache-control"] == "public, max-age=300"
    document = answer.json()
    AuthorizationServerMetadata(document).validate()
    assert document == {
        "issuer": ISSUER,
        "token_endpoint": f"{ISSUER}/oauth/token",
        "jwks_uri": f"{ISSUER}/.well-known/jwks.json",
        "scopes_supported": [
            "payments:write",
            "payments:read",
            "refunds:write",
            "refunds:read",
            "accounts:read",
            "webhooks:write",
            "webhooks:read",
            "events:read",
        ],
        "response_types_supported": ["none"],
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["ES256", "PS256", "Ed25519", "EdDSA"],
    }
    for endpoint in ("token_endpoint", "jwks_uri"):
        path = document[endpoint].removeprefix(ISSUER)
        assert (await world.http.get(path)).status_code in {200, 405}


async def test_the_key_set_is_public_and_follows_rotation(world: World) -> None:
    before = await world.http.get("/.well-known/jwks.json")
    assert before.headers["content-type"].startswith("application/jwk-set+json")
    assert before.headers["cache-control"] == "public, max-age=300"
    await rotate(world.rotation, at_once=True)
    after = await world.http.get("/.well-known/jwks.json")
    old, new = (msgspec.json.decode(answer.content)["keys"] for answer in (before, after))
    assert (len(old), len(new)) == (2, 3)
    assert {key["kid"] for key in old} < {key["kid"] for key in new}
    for key in new:
        assert key.keys() == {"kty", "crv", "x", "y", "kid", "alg", "use"}
        assert import_public_jwk(key).kid == key["kid"]
    assert (await world.services.signing_keys.active()).kid in {key["kid"] for key in new}


@pytest.mark.parametrize("spelling", ["{}", "W/{}", '"x", {}', "*"])
async def test_a_known_key_set_is_not_sent_again(world: World, spelling: str) -> None:
    etag = (await world.http.get("/.well-known/jwks.json")).headers["etag"]
    headers = {"If-None-Match": spelling.format(etag)}
    known = await world.http.get("/.well-known/jwks.json", headers=headers)
    assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", etag)
    await rotate(world.rotation, at_once=True)
    changed = await world.http.get("/.well-known/jwks.json", headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != etag
