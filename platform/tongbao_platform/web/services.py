"""What the pages' handlers may use: one frozen object, filled by wiring, and nothing else."""

from typing import Final

import msgspec

from tongbao_platform.domain.merchants.directory import MerchantDirectory
from tongbao_platform.domain.payments.return_origin import origin_of
from tongbao_platform.execution.reading import Reader
from tongbao_platform.http.rate_limit import Limiter, Policy
from tongbao_platform.http.sign_response import ActiveKey
from tongbao_platform.identity.runner import RunsOperations
from tongbao_platform.kernel.clock import Clock
from tongbao_platform.kernel.ids import IdSource
from tongbao_platform.web.secret_work import SecretWork
from tongbao_platform.web.stranger_logins import StrangerLogins

# Sign-ins from one network address; many phones share an address, so this only stops machines.
SIGN_IN_POLICY: Final = Policy("sign_in", 60, 60)


class WebServices(msgspec.Struct, frozen=True, kw_only=True):
    """The services of the pages' handlers.

    ``checkout_base`` is the pages' origin as browsers see it, without a slash at the end; with ``https`` the session
    cookie is ``Secure``. ``session_key`` is 32 secret bytes, the same in every process: the secrets of sessions come
    from it. ``active_key`` gives the platform's signing key. ``limiter`` ``None`` switches the limit of sign-ins per
    address off.
    """

    committer: RunsOperations
    reader: Reader
    ids: IdSource
    clock: Clock
    directory: MerchantDirectory
    active_key: ActiveKey
    session_key: bytes
    checkout_base: str
    secret_work: SecretWork
    stranger_logins: StrangerLogins
    limiter: Limiter | None = None
    sign_in_policy: Policy = SIGN_IN_POLICY

    @property
    def secure(self) -> bool:
        """Whether the pages are served over TLS."""
        return self.checkout_base.startswith("https://")

    @property
    def own_origin(self) -> str:
        """The origin that browsers name for our own pages."""
        origin = origin_of(self.checkout_base)
        if origin is None:
            raise ValueError("the checkout's base URL is no http(s) URL")
        return origin
