"""What a signature algorithm must do."""

from collections.abc import Mapping
from typing import Any, Protocol

# A key object of the cryptographic library; only the algorithm that loaded it knows its class.
KeyObject = Any


class KeyRefused(ValueError):
    """A JSON Web Key cannot be used here; the message says why and quotes nothing of a private key."""


class Algorithm(Protocol):
    """One signature algorithm with the one kind of key it takes.

    Key objects are opaque outside the algorithm's own file. JWK members arrive with the right ``kty`` and, where the
    kind has one, the right ``crv``.
    """

    @property
    def name(self) -> str:
        """The registered ``alg`` value (RFC 7518, RFC 9864)."""
        ...

    @property
    def aliases(self) -> tuple[str, ...]:
        """Older ``alg`` values that mean the same for this kind of key."""
        ...

    @property
    def kty(self) -> str:
        """The key type (RFC 7517 section 4.1)."""
        ...

    @property
    def crv(self) -> str | None:
        """The curve, or None for a key type without one."""
        ...

    @property
    def public_members(self) -> tuple[str, ...]:
        """The members besides ``kty`` that make the public key, each canonical base64url or ``crv``."""
        ...

    @property
    def private_members(self) -> tuple[str, ...]:
        """The further members of a private key."""
        ...

    def load_public(self, members: Mapping[str, str]) -> KeyObject:
        """Return the verifying key object; ``KeyRefused`` for a wrong or weak one."""
        ...

    def load_private(self, members: Mapping[str, str]) -> KeyObject:
        """Return the signing key object; ``KeyRefused`` for a wrong or weak one, or one whose halves disagree."""
        ...

    def generate(self) -> dict[str, str]:
        """Return the JWK members of a fresh private key, public ones included."""
        ...

    def signature_bytes(self, public: KeyObject) -> int:
        """Return the exact length of every signature by this key."""
        ...

    def verify(self, public: KeyObject, signature: bytes, message: bytes) -> bool:
        """Tell whether ``signature`` (of the exact length) is the key's over ``message``."""
        ...

    def sign(self, private: KeyObject, message: bytes) -> bytes:
        """Return the signature over ``message``, in JWS form."""
        ...
