"""Rotate the platform's signing keys: the announced one becomes active, and its successor is announced.

Also makes the first two keys of a new platform. Steps are operations that can be repeated, so a rotation that was cut
short is finished by the next one, and two processes that rotate at once agree on the keys.
"""

from typing import Final

import msgspec

from tongbao_platform.execution.operation import Context, Outcome
from tongbao_platform.identity.jose.keys import generate_signing_key
from tongbao_platform.identity.runner import RunsOperations
from tongbao_platform.identity.signing_keys import activate, announce
from tongbao_platform.identity.signing_keys.model import PlatformKey
from tongbao_platform.identity.signing_keys.published import SEAL_PURPOSE
from tongbao_platform.identity.signing_keys.store import PlatformKeyStore
from tongbao_platform.identity.vault import Vault
from tongbao_platform.kernel.clock import DAY_MS, Clock
from tongbao_platform.kernel.errors import PlatformFault, Refusal
from tongbao_platform.kernel.ids import IdSource

DEFAULT_ALGORITHM: Final = "ES256"
# Far longer than anybody is told to cache the key set.
ANNOUNCED_FOR_MS: Final = DAY_MS
_CONTEXT: Final = Context(actor="system:signing_keys")


class Rotation(msgspec.Struct, frozen=True, kw_only=True):
    """What a rotation works with; ``alg`` is that of new keys."""

    committer: RunsOperations
    store: PlatformKeyStore
    vault: Vault
    ids: IdSource
    clock: Clock
    alg: str = DEFAULT_ALGORITHM
    announced_for_ms: int = ANNOUNCED_FOR_MS


async def ensure_first_keys(rotation: Rotation) -> PlatformKey:
    """Return the active key; a platform without one gets it and its successor. For the start of a process."""
    active, announced = await _current(rotation)
    if active is None:
        active = await _activate(rotation, announced or await _announce(rotation, None), None)
        announced = None
    if announced is None:
        await _announce(rotation, active)
    return active


async def rotate(rotation: Rotation, *, at_once: bool = False) -> PlatformKey | Refusal:
    """Activate the announced key and announce the next; return the key that is active now.

    Refused as ``signing_key_too_new`` when it was announced less than ``announced_for_ms`` ago, unless ``at_once``:
    for a key that leaked, at the price that some verifiers must fetch the key set before they can verify.
    """
    active, announced = await _current(rotation)
    if active is None:
        return await ensure_first_keys(rotation)
    if announced is None:
        announced = await _announce(rotation, active)
    wait_ms = 0 if at_once else rotation.announced_for_ms
    command = activate.ActivateKey(key_id=announced.id, replaces=active.id, announced_for_ms=wait_ms)
    outcome = await rotation.committer.run(activate, command, _CONTEXT)
    if outcome.refusal is not None:
        return outcome.refusal
    activated: PlatformKey = outcome.result
    await _announce(rotation, activated)
    return activated


async def _current(rotation: Rotation) -> tuple[PlatformKey | None, PlatformKey | None]:
    keys = await rotation.store.published(rotation.clock.now())
    active = [key for key in keys if key.status == "active"]
    announced = [key for key in keys if key.status == "announced"]
    return (active[0] if active else None), (announced[0] if announced else None)


async def _announce(rotation: Rotation, follows: PlatformKey | None) -> PlatformKey:
    kid = rotation.ids.new("key")
    fresh = generate_signing_key(rotation.alg, kid=kid)
    command = announce.AnnounceKey(
        key_id=kid,
        alg=fresh.alg,
        public_jwk=fresh.public.jwk,
        sealed_private=rotation.vault.seal(SEAL_PURPOSE, kid, fresh.private_jwk.encode()),
        follows=None if follows is None else follows.id,
    )
    return _done(await rotation.committer.run(announce, command, _CONTEXT))


async def _activate(rotation: Rotation, key: PlatformKey, replaces: PlatformKey | None) -> PlatformKey:
    former = None if replaces is None else replaces.id
    command = activate.ActivateKey(key_id=key.id, replaces=former, announced_for_ms=0)
    return _done(await rotation.committer.run(activate, command, _CONTEXT))


def _done(outcome: Outcome) -> PlatformKey:
    if not isinstance(outcome.result, PlatformKey):
        detail = "" if outcome.refusal is None else outcome.refusal.code
        raise PlatformFault(f"the signing keys could not be made ready: {detail}")
    return outcome.result
