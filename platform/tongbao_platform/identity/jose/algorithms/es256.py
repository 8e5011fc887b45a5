"""ES256: ECDSA on P-256 with SHA-256, the signature as ``r || s`` in 64 octets (RFC 7518 section 3.4)."""

from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from tongbao_platform.identity.jose.algorithms import jwk_material

_ECDSA = ec.ECDSA(SHA256())
_FIELD_BYTES = 32


class Es256:
    """The algorithm for ``kty: EC, crv: P-256``."""

    name = "ES256"
    aliases: tuple[str, ...] = ()
    kty = "EC"
    crv: str | None = "P-256"
    public_members: tuple[str, ...] = ("crv", "x", "y")
    private_members: tuple[str, ...] = ("d",)

    def load_public(self, members: Mapping[str, str]) -> ec.EllipticCurvePublicKey:
        """Return the key; the point must lie on the curve."""
        for name in ("x", "y"):
            jwk_material.octets(members, name, _FIELD_BYTES)
        key: ec.EllipticCurvePublicKey = jwk_material.public_object(members)
        return key

    def load_private(self, members: Mapping[str, str]) -> ec.EllipticCurvePrivateKey:
        """Return the key; ``d`` must belong to the point."""
        jwk_material.octets(members, "d", _FIELD_BYTES)
        public = self.load_public({name: value for name, value in members.items() if name != "d"})
        key: ec.EllipticCurvePrivateKey = jwk_material.private_object(members)
        jwk_material.demand_same_public(public, key.public_key())
        return key

    def generate(self) -> dict[str, str]:
        """Return the members of a fresh key."""
        return jwk_material.generated(kty="EC", crv="P-256")

    def signature_bytes(self, public: ec.EllipticCurvePublicKey) -> int:
        """Return 64."""
        return 2 * _FIELD_BYTES

    def verify(self, public: ec.EllipticCurvePublicKey, signature: bytes, message: bytes) -> bool:
        """Verify ``r || s``."""
        r = int.from_bytes(signature[:_FIELD_BYTES], "big")
        s = int.from_bytes(signature[_FIELD_BYTES:], "big")
        try:
            public.verify(encode_dss_signature(r, s), message, _ECDSA)
        except InvalidSignature:
            return False
        return True

    def sign(self, private: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
        """Return ``r || s``, each in 32 octets."""
        r, s = decode_dss_signature(private.sign(message, _ECDSA))
        return r.to_bytes(_FIELD_BYTES, "big") + s.to_bytes(_FIELD_BYTES, "big")
