"""Private keys that sign, from a JWK, PEM text, a file, or a signer of the caller's own (a KMS, an HSM)."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias, runtime_checkable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from jwcrypto import jwk

from tongbao._errors import ConfigurationError

ALGORITHMS: Final = ("ES256", "PS256", "Ed25519")
MIN_RSA_BITS: Final = 2048
# RFC 7518 section 3.5: salt as long as the hash.
_PSS_PADDING: Final = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
_DOCTOR_HINT: Final = "Run `tongbao keys doctor FILE` to see what the file holds."


@runtime_checkable
class Signer(Protocol):
    """Signs with a private key that may live elsewhere.

    ``algorithm`` is ES256, PS256 or Ed25519; ``key_id`` the registered ``kid``; ``sign`` returns the signature in JWS
    form (ES256: the 64 octets R and S, RFC 7518 section 3.4).
    """

    @property
    def algorithm(self) -> str:
        """ES256, PS256 or Ed25519."""
        ...

    @property
    def key_id(self) -> str:
        """The ``kid`` under which the public key is registered."""
        ...

    def sign(self, data: bytes) -> bytes:
        """Return the signature of ``data``."""
        ...


PrivateKey: TypeAlias = Mapping[str, Any] | str | bytes | os.PathLike[str] | Signer


class LocalKey:
    """A private key held in memory. It never shows its secret, not even in ``repr``."""

    def __init__(self, key: "jwk.JWK", key_id: str | None = None) -> None:
        self._jwk = key
        self._algorithm = algorithm_of(key)
        self._key_id = key_id or str(key.get("kid") or key.thumbprint())
        self._sign = _sign_function(key.get_op_key("sign"))

    def __repr__(self) -> str:
        return f"<LocalKey {self._algorithm} kid={self._key_id!r}>"

    @property
    def algorithm(self) -> str:
        """ES256, PS256 or Ed25519."""
        return self._algorithm

    @property
    def key_id(self) -> str:
        """The given ``kid``, the JWK's own, or else its RFC 7638 thumbprint."""
        return self._key_id

    def sign(self, data: bytes) -> bytes:
        """Return the signature of ``data`` in JWS form."""
        return self._sign(data)

    def public_jwk(self) -> dict[str, Any]:
        """Return the public half, ready to be registered."""
        public: dict[str, Any] = json.loads(self._jwk.export_public())
        return {**public, "kid": self._key_id, "alg": self._algorithm, "use": "sig"}


def load_private_key(source: PrivateKey, key_id: str | None = None) -> Signer:
    """Return a signer for ``source``: a JWK (mapping or JSON text), PEM text, the path of a file with either, a signer.

    ``key_id`` overrides the key's own ``kid``. ``ConfigurationError`` says what was found instead of a private key;
    its text never holds key material.
    """
    if isinstance(source, Mapping):
        return LocalKey(_jwk_from_mapping(source), key_id)
    if isinstance(source, (str, bytes, os.PathLike)):
        return LocalKey(_jwk_from_text(_read_text(source)), key_id)
    return source


def _read_text(source: str | bytes | os.PathLike[str]) -> bytes:
    if isinstance(source, bytes):
        return source
    if isinstance(source, str) and ("-----BEGIN" in source or source.lstrip().startswith("{")):
        return source.encode()
    try:
        return Path(source).read_bytes()
    except OSError as error:
        raise ConfigurationError(f"the private key file cannot be read: {error.strerror}") from None


def _jwk_from_text(data: bytes) -> "jwk.JWK":
    if data.lstrip().startswith(b"{"):
        try:
            members = json.loads(data)
        except ValueError:
            raise ConfigurationError("the private key looks like JSON but does not parse") from None
        if isinstance(members, dict) and isinstance(members.get("keys"), list):
            raise ConfigurationError("this is a set of keys (JWKS); pass one of its keys")
        return _jwk_from_mapping(members)
    if b"-----BEGIN" not in data:
        raise ConfigurationError(f"the private key is neither a JWK nor PEM. {_DOCTOR_HINT}")
    if b"ENCRYPTED" in data:
        raise ConfigurationError("the private key is encrypted with a password; pass a decrypted key or a Signer")
    try:
        key = jwk.JWK.from_pem(data)
    except Exception as error:  # noqa: BLE001 - parsers raise many kinds; the text may quote the key, so it is dropped
        raise ConfigurationError(f"the PEM does not parse ({type(error).__name__}). {_DOCTOR_HINT}") from None
    return _require_private(key)


def _jwk_from_mapping(members: Mapping[str, Any]) -> "jwk.JWK":
    if members.get("kty") not in ("EC", "OKP", "RSA"):
        raise ConfigurationError(f"a JWK that signs has kty EC, OKP or RSA, not {members.get('kty')!r}. {_DOCTOR_HINT}")
    try:
        key = jwk.JWK(**{str(name): value for name, value in members.items()})
    except Exception as error:  # noqa: BLE001 - as above
        raise ConfigurationError(f"the JWK is not valid ({type(error).__name__}). {_DOCTOR_HINT}") from None
    return _require_private(key)


def _require_private(key: "jwk.JWK") -> "jwk.JWK":
    if not key.has_private:
        raise ConfigurationError(
            "this is a public key: it belongs into the registration of your client; signing needs the private key"
        )
    algorithm_of(key)
    return key


def algorithm_of(key: "jwk.JWK") -> str:
    """Return the one signature algorithm of a key; ``ConfigurationError`` for keys that have none here."""
    kind, curve = key.get("kty"), key.get("crv")
    found = {("EC", "P-256"): "ES256", ("OKP", "Ed25519"): "Ed25519"}.get((kind, curve))
    if kind == "RSA":
        bits = key.get_op_key("verify").key_size
        if bits < MIN_RSA_BITS:
            raise ConfigurationError(f"an RSA key of {bits} bits is too short; {MIN_RSA_BITS} is the least")
        found = "PS256"
    if found is None:
        raise ConfigurationError(f"a key of type {kind} {curve or ''} cannot sign here; use EC P-256, Ed25519 or RSA")
    named = key.get("alg")
    if named not in (None, found) and (named, found) != ("EdDSA", "Ed25519"):
        raise ConfigurationError(f"the key says alg {named}; only {', '.join(ALGORITHMS)} are accepted")
    return found


def _sign_function(key: object) -> Callable[[bytes], bytes]:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return lambda data: _sign_es256(key, data)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign
    if isinstance(key, rsa.RSAPrivateKey):
        return lambda data: key.sign(data, _PSS_PADDING, hashes.SHA256())
    raise ConfigurationError("this kind of private key cannot sign here")


def _sign_es256(key: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")
