"""What handlers may use: one frozen object, filled by wiring, and nothing else."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, cast

import msgspec

from tongbao_platform.delivery.address_guard import AddressGuard
from tongbao_platform.domain.merchants.directory import MerchantDirectory
from tongbao_platform.domain.payments.payee import PayeeFinder
from tongbao_platform.execution.reading import Reader
from tongbao_platform.http.cursors import Cursors
from tongbao_platform.identity.keys.model import KeyWithUse
from tongbao_platform.identity.runner import RunsOperations
from tongbao_platform.identity.vault import Vault
from tongbao_platform.kernel.clock import Clock
from tongbao_platform.kernel.ids import IdSource

# What the vault calls the secret of a checkout's address; its row is the payment.
CHECKOUT_TOKEN: Final = "checkout_token"

ListKeys = Callable[[str], Awaitable[Sequence[KeyWithUse]]]


class ApiServices(msgspec.Struct, frozen=True, kw_only=True):
    """The services of the API's handlers.

    ``checkout_base`` is the base URL of the hosted checkout, without a slash at the end. ``list_keys`` gives a client's
    keys with their last use.
    """

    committer: RunsOperations
    reader: Reader
    ids: IdSource
    clock: Clock
    vault: Vault
    payees: PayeeFinder
    directory: MerchantDirectory
    cursors: Cursors
    list_keys: ListKeys
    address_guard: AddressGuard
    checkout_base: str
    livemode: bool


def no_services() -> ApiServices:
    """Return services for building the document, where no handler is ever called."""
    nothing = cast("Any", None)
    return ApiServices(
        committer=nothing,
        reader=nothing,
        ids=nothing,
        clock=nothing,
        vault=nothing,
        payees=nothing,
        directory=nothing,
        cursors=nothing,
        list_keys=nothing,
        address_guard=nothing,
        checkout_base="",
        livemode=False,
    )
