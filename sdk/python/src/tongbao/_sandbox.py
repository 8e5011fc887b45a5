"""Reads the file a sandbox writes, so that a program becomes one of its merchants in one line."""

import json
import os
from pathlib import Path
from typing import Any

from tongbao._errors import ConfigurationError
from tongbao._options import SharedSettings


def read_sandbox(path: str | os.PathLike[str], merchant: int = 0, algorithm: str = "ES256") -> SharedSettings:
    """Return the settings of a client: addresses, and the ``merchant``-th merchant's key for ``algorithm``."""
    try:
        document: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{os.fspath(path)} cannot be read ({error}); is the sandbox running?") from None
    try:
        chosen = document["merchants"][merchant]
        settings = SharedSettings(
            base_url=document["base_url"],
            issuer=document["issuer"],
            token_endpoint=document["token_endpoint"],
            jwks_uri=document["jwks_uri"],
            client_id=chosen["client_id"],
            merchant_id=chosen["merchant_id"],
            private_key=_key(chosen["private_jwks"], algorithm),
        )
    except (KeyError, IndexError, TypeError) as error:
        raise ConfigurationError(f"{os.fspath(path)} does not have the expected form: {error!r}") from None
    if chosen.get("scope"):
        settings["scope"] = chosen["scope"]
    return settings


def _key(private_jwks: Any, algorithm: str) -> dict[str, Any]:  # noqa: ANN401 - parsed JSON
    """Return the key for ``algorithm`` from a list of JWKs, a JWKS, or a mapping from algorithm to JWK."""
    if isinstance(private_jwks, dict) and isinstance(private_jwks.get(algorithm), dict):
        return dict(private_jwks[algorithm])
    keys = private_jwks.get("keys", []) if isinstance(private_jwks, dict) else private_jwks
    names = {algorithm, "EdDSA"} if algorithm == "Ed25519" else {algorithm}
    for key in keys:
        if key.get("alg") in names:
            return dict(key)
    raise ConfigurationError(f"the sandbox has no {algorithm} key for this merchant")
