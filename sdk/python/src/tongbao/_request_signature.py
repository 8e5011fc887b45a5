"""Signs a request: ``JWS-Signature`` v1 (detached JWS over method, target, covered headers and body)."""

from collections.abc import Sequence
from typing import Final, Self

import msgspec

from tongbao._clock import SYSTEM, Environment
from tongbao._jws import digest, sign_detached
from tongbao._keys import Signer

HEADER: Final = "JWS-Signature"
TYPE: Final = "payreq+jws"
_BLANKS: Final = " \t"
# Every header that changes what a request means is covered when it is present.
COVERED: Final = ("Idempotency-Key", "Content-Type", "On-Behalf-Of", "Api-Version")


class RequestSigner(msgspec.Struct, frozen=True, kw_only=True):
    """Signs requests of one client to one API.

    ``audience`` is the API's base URL: scheme, host and port, without path and slash.
    """

    signer: Signer
    client_id: str
    audience: str
    environment: Environment = SYSTEM

    def sign(self, target: "SignedRequest", access_token: str | None) -> str:
        """Return the value of ``JWS-Signature`` for one attempt, with a fresh ``jti`` and the present ``iat``."""
        names = [name for name, _ in target.covered]
        protected: dict[str, object] = {
            "alg": self.signer.algorithm,
            "kid": self.signer.key_id,
            "typ": TYPE,
            "iat": int(self.environment.now()),
            "jti": self.environment.token(),
            "iss": self.client_id,
            "aud": self.audience,
            "hdrs": ",".join(names),
        }
        if access_token is not None:
            protected["ath"] = digest(access_token)
        return sign_detached(self.signer, protected, target.payload())


class SignedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a request that a signature covers; ``covered`` in the order of ``hdrs``."""

    method: str
    target: str
    covered: Sequence[tuple[str, str]]
    body: bytes

    @classmethod
    def of(cls, method: str, target: str, headers: Sequence[tuple[str, str]], body: bytes) -> Self:
        """Return the parts of a request that is about to be sent; what must be covered is taken from ``headers``."""
        return cls(method=method, target=target, covered=covered_headers(headers), body=body)

    def payload(self) -> bytes:
        """Return the octets that are signed; a bare trailing ``?`` is not part of the target."""
        bare = self.target.endswith("?") and self.target.count("?") == 1
        target = self.target[:-1] if bare else self.target
        lines = [f"{name}: {value.strip(_BLANKS)}\n" for name, value in self.covered]
        return f"{self.method} {target}\n{''.join(lines)}".encode("ascii") + self.body


def covered_headers(headers: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return those of ``headers`` that must be covered, in the fixed order."""
    present = {name.lower(): value for name, value in headers}
    return [(name, present[name.lower()]) for name in COVERED if name.lower() in present]
