"""Public keys that verify, read from the issuer's JWKS (RFC 7517)."""

from collections.abc import Mapping
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from jwcrypto import jwk

from tongbao._errors import ConfigurationError
from tongbao._keys import algorithm_of

_PSS_PADDING: Final = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)


class PublicKey:
    """One verification key, good for exactly one algorithm."""

    def __init__(self, key: object, algorithm: str) -> None:
        self._key = key
        self.algorithm = algorithm

    def verify(self, signature: bytes, data: bytes) -> bool:
        """Whether ``signature`` (JWS form, exact length) is this key's signature of ``data``."""
        key = self._key
        try:
            if isinstance(key, ec.EllipticCurvePublicKey):
                if len(signature) != 64:
                    return False
                r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
                key.verify(encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))
            elif isinstance(key, ed25519.Ed25519PublicKey):
                key.verify(signature, data)
            elif isinstance(key, rsa.RSAPublicKey):
                if len(signature) != (key.key_size + 7) // 8:
                    return False
                key.verify(signature, data, _PSS_PADDING, hashes.SHA256())
            else:
                return False
        except (InvalidSignature, ValueError):
            return False
        return True


def read_key_set(document: object) -> dict[str, PublicKey]:
    """Return the usable signature keys of a JWKS by ``kid``.

    Keys of a kind or for a use this SDK does not know are passed over, so that the issuer may publish them (RFC 7517
    section 5). ``ValueError`` when the document is no JWKS, or names one ``kid`` twice.
    """
    keys = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(keys, list):
        raise ValueError("the key set has no list of keys")  # noqa: TRY004 - it is the document that is wrong
    found: dict[str, PublicKey] = {}
    for members in keys:
        if not isinstance(members, Mapping):
            continue
        kid = members.get("kid")
        key = _read_key(members)
        if key is None or not isinstance(kid, str):
            continue
        if kid in found:
            raise ValueError(f"the key set names kid {kid!r} twice")
        found[kid] = key
    return found


def _read_key(members: Mapping[str, Any]) -> PublicKey | None:
    if members.get("use", "sig") != "sig" or members.get("kty") not in ("EC", "OKP", "RSA"):
        return None
    try:
        key = jwk.JWK(**{str(name): value for name, value in members.items()})
        return PublicKey(key.get_op_key("verify"), algorithm_of(key))
    except ConfigurationError:
        return None
    except Exception:  # noqa: BLE001 - a key that does not parse is one we cannot use, of whatever error
        return None
