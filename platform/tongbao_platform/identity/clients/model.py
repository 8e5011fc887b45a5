"""The client as a value."""

from typing import Final, Literal

import msgspec

from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.ids import is_id

ClientStatus = Literal["active", "disabled"]
Profile = Literal["merchant"]

# Sandbox and live differ in the spelling of a client id, so that a credential of one is visibly foreign to the other.
SANDBOX_PREFIX: Final = "app_sandbox"
LIVE_PREFIX: Final = "app_live"


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """A registered client.

    ``scopes`` are the most its tokens may carry; ``api_version`` is what its requests mean when they name none.
    ``key_count`` counts every key it ever registered. ``revision`` also goes up when its keys change, so that what
    processes remember of the client and its keys is dropped together.
    """

    id: str
    merchant_id: str
    profile: Profile
    name: str
    scopes: tuple[str, ...]
    api_version: str
    status: ClientStatus
    livemode: bool
    key_count: int
    revision: int
    created_at: Instant


def client_id_from(app_id: str, *, livemode: bool) -> str:
    """Spell a fresh ``app_<26>`` id for its environment: ``app_sandbox_<26>`` or ``app_live_<26>``."""
    if not is_id(app_id, "app"):
        raise ValueError("a client id is made from an id with the prefix app")
    return f"{_prefix(livemode=livemode)}_{app_id.removeprefix('app_')}"


def is_client_id(text: str, *, livemode: bool) -> bool:
    """Tell whether ``text`` is spelled like a client id of this environment (it may still name nobody)."""
    return is_id(text, _prefix(livemode=livemode))


def _prefix(*, livemode: bool) -> str:
    return LIVE_PREFIX if livemode else SANDBOX_PREFIX
