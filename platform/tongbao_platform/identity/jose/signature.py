"""Signing and verifying with keys as values."""

from tongbao_platform.identity.jose import base64url
from tongbao_platform.identity.jose.keys import PublicKey, SigningKey


def has_exact_length(key: PublicKey, signature: bytes) -> bool:
    """Tell whether ``signature`` has the one length that ``key`` makes (64 for ES256 and Ed25519, else the modulus)."""
    return len(signature) == key.algorithm.signature_bytes(key.material)


def verify(key: PublicKey, signature: bytes, signing_input: bytes) -> bool:
    """Tell whether ``signature`` is the key's over ``signing_input``; one of a wrong length never is."""
    return has_exact_length(key, signature) and key.algorithm.verify(key.material, signature, signing_input)


def sign(key: SigningKey, signing_input: bytes) -> bytes:
    """Return the signature over ``signing_input`` in JWS form."""
    return key.public.algorithm.sign(key.material, signing_input)


def sign_detached(key: SigningKey, protected: bytes, payload: bytes) -> str:
    """Return ``protected..signature`` for the JSON octets of a protected header and a payload sent elsewhere."""
    segment = base64url.encode(protected)
    signature = sign(key, f"{segment}.{base64url.encode(payload)}".encode("ascii"))
    return f"{segment}..{base64url.encode(signature)}"


def sign_compact(key: SigningKey, protected: bytes, payload: bytes) -> str:
    """Return ``protected.payload.signature`` for the JSON octets of a protected header and any payload."""
    signing_input = f"{base64url.encode(protected)}.{base64url.encode(payload)}"
    return f"{signing_input}.{base64url.encode(sign(key, signing_input.encode('ascii')))}"
