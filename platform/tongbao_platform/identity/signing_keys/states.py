"""The life of a platform key: announced, active, retired."""

from typing import Final, Literal

import msgspec

from tongbao_platform.identity.signing_keys.model import PlatformKey, PlatformKeyStatus
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal

PlatformKeyAction = Literal["activate", "retire"]

TRANSITIONS: Final[dict[tuple[PlatformKeyStatus, PlatformKeyAction], PlatformKeyStatus]] = {
    ("announced", "activate"): "active",
    ("active", "retire"): "retired",
}


def advance(key: PlatformKey, action: PlatformKeyAction, now: Instant) -> PlatformKey | Refusal:
    """Return ``key`` after ``action`` at ``now``; a retired key's private half is gone for good."""
    status = TRANSITIONS.get((key.status, action))
    if status is None:
        return Refusal(
            code="signing_key_invalid_state",
            detail=f"A signing key that is {key.status} cannot take the step: {action}.",
            current_status=key.status,
            allowed_actions=tuple(step for state, step in TRANSITIONS if state == key.status),
        )
    retired = status == "retired"
    return msgspec.structs.replace(
        key,
        status=status,
        activated_at=key.activated_at if retired else now,
        retired_at=now if retired else None,
        sealed_private=None if retired else key.sealed_private,
        revision=key.revision + 1,
    )
