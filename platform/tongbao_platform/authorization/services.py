"""What the endpoints work with; made by wiring, the same for all requests."""

import msgspec

from tongbao_platform.execution.cache import VersionedCache
from tongbao_platform.identity.keys.record_use import KeyUseLog
from tongbao_platform.identity.registered_client import RegisteredClient
from tongbao_platform.identity.runner import RunsOperations
from tongbao_platform.identity.signing_keys.published import SigningKeys
from tongbao_platform.identity.tokens.model import AccessToken
from tongbao_platform.kernel.clock import Clock


class AuthorizationServices(msgspec.Struct, frozen=True, kw_only=True):
    """Collaborators and settings of the authorization server.

    ``issuer`` is a URL without path, query or fragment and is compared byte for byte; the endpoints lie below it.
    ``clients`` and ``tokens`` are the very caches that the pipeline authenticates with.
    """

    committer: RunsOperations
    clock: Clock
    clients: VersionedCache[str, RegisteredClient]
    tokens: VersionedCache[str, AccessToken]
    signing_keys: SigningKeys
    key_uses: KeyUseLog
    issuer: str
    livemode: bool
    token_lifetime_seconds: int = 3600
