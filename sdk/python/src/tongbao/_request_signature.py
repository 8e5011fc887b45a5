"""Signs a request: ``JWS-Signature`` v1 (detached JWS over method, target, covered headers and body)."""

from collections.abc import Sequence
from typing import Final

import msgspec

from tongbao._clock import Environment
from tongbao._jws import digest, sign_detached
from tongbao._keys import Signer

HEADER: Final = "JWS-Signature"
TYPE: Final = "payreq+jws"
# Every header that changes what a request means is covered when it is present.
COVERED: Final = ("Idempotency-Key", "Content-Type", "On-Behalf-Of", "Api-Version")


class RequestSigner(msgspec.Struct, frozen=True, kw_only=True):
    """Signs requests of one client to one API.

    ``audience`` is the API's base URL: scheme, host and port, without path and slash.
    """

    signer: Signer
    client_id: str
    audience: str
    environment: Environment

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

    def payload(self) -> bytes:
        """Return the octets that are signed."""
        lines = "".join(f"{name}: {value}\n" for name, value in self.covered)
        return f"{self.method} {self.target}\n{lines}".encode("ascii") + self.body


def covered_headers(headers: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return those of ``headers`` that must be covered, in the fixed order."""
    present = {name.lower(): value for name, value in headers}
    return [(name, present[name.lower()]) for name in COVERED if name.lower() in present]
