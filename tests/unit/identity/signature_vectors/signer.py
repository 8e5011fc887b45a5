"""The test keys and what they sign, keeping committed signatures that are still right."""

import json
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from tests.unit.identity.signature_vectors.draft import CLIENT, ISSUER, OTHER_CLIENT, SERVER_TIME, b64
from tongbao_platform.identity.jose import base64url
from tongbao_platform.identity.jose.keys import SigningKey, generate_signing_key, import_private_jwk
from tongbao_platform.identity.jose.signature import sign, verify

FOLDER: Final = Path(__file__).resolve().parents[4] / "openapi" / "signature-vectors"
_YEAR: Final = 365 * 86_400

# kid, algorithm, owner, and times in seconds where they differ from "valid for a year around the server's time".
_KEYS: Final[tuple[tuple[str, str, str, dict[str, int]], ...]] = (
    ("merchant-es256", "ES256", CLIENT, {}),
    ("merchant-ps256", "PS256", CLIENT, {}),
    ("merchant-ed25519", "Ed25519", CLIENT, {}),
    ("merchant-revoked", "Ed25519", CLIENT, {"revoked_at": SERVER_TIME - 60}),
    ("merchant-expired", "Ed25519", CLIENT, {"valid_until": SERVER_TIME}),
    ("merchant-future", "Ed25519", CLIENT, {"valid_from": SERVER_TIME + 1}),
    ("other-ed25519", "Ed25519", OTHER_CLIENT, {}),
    ("issuer-es256", "ES256", ISSUER, {}),
    ("issuer-ps256", "PS256", ISSUER, {}),
    ("issuer-ed25519", "Ed25519", ISSUER, {}),
)


def committed(name: str) -> dict[str, Any]:
    """Return a committed vector file, or an empty object where there is none yet."""
    path = FOLDER / name
    found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return found


class TestKeys:
    """The committed test keys; missing ones are made."""

    __test__ = False

    def __init__(self) -> None:
        known = {entry["kid"]: entry["private_jwk"] for entry in committed("keys.json").get("keys", ())}
        self.signing: dict[str, SigningKey] = {}
        self.entries: list[dict[str, Any]] = []
        for kid, alg, owner, times in _KEYS:
            key = import_private_jwk(known[kid]) if kid in known else generate_signing_key(alg, kid=kid)
            self.signing[kid] = key
            self.entries.append(
                {
                    "kid": kid,
                    "owner": owner,
                    "alg": alg,
                    "valid_from": times.get("valid_from", SERVER_TIME - _YEAR),
                    "valid_until": times.get("valid_until", SERVER_TIME + _YEAR),
                    "revoked_at": times.get("revoked_at"),
                    "public_jwk": json.loads(key.public.jwk),
                    "private_jwk": json.loads(key.private_jwk),
                }
            )


class Signer:
    """Signs with the test keys."""

    def __init__(self, keys: TestKeys) -> None:
        self.keys = keys
        self._kept: dict[str, list[bytes]] = defaultdict(list)
        for name in ("requests.json", "responses.json", "return-results.json"):
            self._remember(committed(name))

    def alg(self, kid: str) -> str:
        """Return the algorithm of a test key."""
        return self.keys.signing[kid].alg

    def sign(self, kid: str, signing_input: str) -> bytes:
        """Return a signature: the committed one if there is one that verifies."""
        key, octets = self.keys.signing[kid], signing_input.encode()
        for signature in self._kept[signing_input.split(".", 1)[0]]:
            if verify(key.public, signature, octets):
                return signature
        return sign(key, octets)

    def detached(self, kid: str, protected: str, payload: bytes) -> str:
        """Return ``protected..signature`` for the JSON text ``protected``."""
        segment = b64(protected.encode())
        return f"{segment}..{b64(self.sign(kid, f'{segment}.{b64(payload)}'))}"

    def attached(self, kid: str, protected: str, payload: bytes) -> str:
        """Return ``protected.payload.signature`` for the JSON text ``protected``."""
        signing_input = f"{b64(protected.encode())}.{b64(payload)}"
        return f"{signing_input}.{b64(self.sign(kid, signing_input))}"

    def _remember(self, document: dict[str, Any]) -> None:
        for vector in (*document.get("accepted", ()), *document.get("refused", ())):
            for line in (*vector.get("jws_signature", ()), vector.get("result", "")):
                protected, _, rest = line.partition(".")
                # Refused vectors may hold anything in place of a signature.
                with suppress(ValueError):
                    self._kept[protected].append(base64url.decode(rest.rpartition(".")[2]))
