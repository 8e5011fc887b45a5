"""A token request as bytes, and what the checks have found out about it so far."""

from typing import TypeVar

import msgspec

from tongbao_platform.identity.client_assertion import AcceptedAssertion, Assertion
from tongbao_platform.identity.registered_client import RegisteredClient
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import PlatformFault

T = TypeVar("T")


class TokenRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The request as it came: values of each header field in a tuple, the query and the body undecoded."""

    content_types: tuple[str, ...]
    content_encodings: tuple[str, ...]
    authorizations: tuple[str, ...]
    query: bytes
    body: bytes
    received_at: Instant


class TokenCase(msgspec.Struct, frozen=True, kw_only=True):
    """A request with its findings: each check returns the case with what it learned, or raises an ``OAuth2Error``."""

    request: TokenRequest
    parameters: dict[str, str] = {}
    assertion: Assertion | None = None
    registered: RegisteredClient | None = None
    accepted: AcceptedAssertion | None = None
    scopes: tuple[str, ...] = ()

    def read(self) -> Assertion:
        """Return the assertion, taken apart."""
        return _found(self.assertion)

    def client(self) -> RegisteredClient:
        """Return the client that the assertion names."""
        return _found(self.registered)

    def proof(self) -> AcceptedAssertion:
        """Return the assertion, believed."""
        return _found(self.accepted)


def _found(finding: T | None) -> T:
    if finding is None:
        raise PlatformFault("the checks of a token request are out of order")
    return finding
