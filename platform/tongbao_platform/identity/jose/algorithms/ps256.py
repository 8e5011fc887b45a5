"""PS256: RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 octets (RFC 7518 section 3.5)."""

from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from tongbao_platform.identity.jose.algorithms import jwk_material
from tongbao_platform.identity.jose.algorithms.port import KeyRefused

MIN_MODULUS_BITS = 2048
# Verifying grows with the square of the modulus; nobody may make us pay for more than this.
MAX_MODULUS_BITS = 4096
_EXPONENT = b"\x01\x00\x01"
_PSS = padding.PSS(mgf=padding.MGF1(SHA256()), salt_length=32)
_HASH = SHA256()


class Ps256:
    """The algorithm for ``kty: RSA``."""

    name = "PS256"
    aliases: tuple[str, ...] = ()
    kty = "RSA"
    crv: str | None = None
    public_members: tuple[str, ...] = ("n", "e")
    private_members: tuple[str, ...] = ("d", "p", "q", "dp", "dq", "qi")

    def load_public(self, members: Mapping[str, str]) -> rsa.RSAPublicKey:
        """Return the key: 2048 to 4096 bits, exponent 65537, an odd modulus without leading zero octets."""
        modulus = jwk_material.unsigned(members, "n")
        if jwk_material.unsigned(members, "e") != _EXPONENT:
            raise KeyRefused("the RSA exponent must be 65537 (AQAB)")
        if modulus[0] == 0 or modulus[-1] % 2 == 0:
            raise KeyRefused("n must be odd and start with a non-zero octet")
        # Before the library sees it: an absurd modulus costs time there.
        bits = int.from_bytes(modulus, "big").bit_length()
        if not MIN_MODULUS_BITS <= bits <= MAX_MODULUS_BITS:
            raise KeyRefused(f"the RSA modulus must have {MIN_MODULUS_BITS} to {MAX_MODULUS_BITS} bits")
        key: rsa.RSAPublicKey = jwk_material.public_object(members)
        return key

    def load_private(self, members: Mapping[str, str]) -> rsa.RSAPrivateKey:
        """Return the key; all primes and exponents are required and must agree."""
        jwk_material.demand_canonical(members, self.private_members)
        public = self.load_public({name: members[name] for name in ("kty", "n", "e")})
        key: rsa.RSAPrivateKey = jwk_material.private_object(members)
        jwk_material.demand_same_public(public, key.public_key())
        return key

    def generate(self) -> dict[str, str]:
        """Return the members of a fresh key of 2048 bits."""
        return jwk_material.generated(kty="RSA", size=MIN_MODULUS_BITS)

    def signature_bytes(self, public: rsa.RSAPublicKey) -> int:
        """Return the length of the modulus in octets."""
        return (public.key_size + 7) // 8

    def verify(self, public: rsa.RSAPublicKey, signature: bytes, message: bytes) -> bool:
        """Verify with the salt length fixed, not guessed from the signature."""
        try:
            public.verify(signature, message, _PSS, _HASH)
        except InvalidSignature:
            return False
        return True

    def sign(self, private: rsa.RSAPrivateKey, message: bytes) -> bytes:
        """Return a signature with a fresh salt."""
        return private.sign(message, _PSS, _HASH)
