"""Ed25519 (RFC 8032, RFC 8037; the name is RFC 9864's, ``EdDSA`` is the older one)."""

from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tongbao_platform.identity.jose.algorithms import jwk_material
from tongbao_platform.identity.jose.algorithms.port import KeyRefused

_KEY_BYTES = 32
_FIELD_PRIME = 2**255 - 19

# The y of the points whose order divides 8, below the sign bit. With such a public key anybody can make signatures
# that verify, so its holder could disown every one (RFC 8032 section 8.4 leaves this check to the protocol).
_ORDER_8_Y = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER_Y = frozenset({0, 1, _FIELD_PRIME - 1, _ORDER_8_Y, _FIELD_PRIME - _ORDER_8_Y})


class Ed25519:
    """The algorithm for ``kty: OKP, crv: Ed25519``."""

    name = "Ed25519"
    aliases: tuple[str, ...] = ("EdDSA",)
    kty = "OKP"
    crv: str | None = "Ed25519"
    public_members: tuple[str, ...] = ("crv", "x")
    private_members: tuple[str, ...] = ("d",)

    def load_public(self, members: Mapping[str, str]) -> Ed25519PublicKey:
        """Return the key; points of small order and unreduced coordinates are refused."""
        y = int.from_bytes(jwk_material.octets(members, "x", _KEY_BYTES), "little") & (2**255 - 1)
        if y >= _FIELD_PRIME or y in _SMALL_ORDER_Y:
            raise KeyRefused("x is a point of small order or not reduced")
        key: Ed25519PublicKey = jwk_material.public_object(members)
        return key

    def load_private(self, members: Mapping[str, str]) -> Ed25519PrivateKey:
        """Return the key; ``d`` must belong to ``x``."""
        jwk_material.octets(members, "d", _KEY_BYTES)
        public = self.load_public({name: value for name, value in members.items() if name != "d"})
        key: Ed25519PrivateKey = jwk_material.private_object(members)
        jwk_material.demand_same_public(public, key.public_key())
        return key

    def generate(self) -> dict[str, str]:
        """Return the members of a fresh key."""
        return jwk_material.generated(kty="OKP", crv="Ed25519")

    def signature_bytes(self, public: Ed25519PublicKey) -> int:
        """Return 64."""
        return 64

    def verify(self, public: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
        """Verify ``R || S``."""
        try:
            public.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def sign(self, private: Ed25519PrivateKey, message: bytes) -> bytes:
        """Return ``R || S``; the same message gives the same signature."""
        return private.sign(message)
