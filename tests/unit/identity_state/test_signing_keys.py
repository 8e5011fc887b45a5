"""The platform's own keys: first keys, rotation, publication, opening."""

import itertools
from typing import Any, NamedTuple, get_args

import msgspec
import pytest

from tests.unit.identity_state.memory import START, MemoryCommitter, MemoryKeyStore, NoReader, memory
from tongbao_platform.identity.jose.keys import import_public_jwk
from tongbao_platform.identity.jose.signature import sign, verify
from tongbao_platform.identity.keyring import Keyring
from tongbao_platform.identity.signing_keys import activate
from tongbao_platform.identity.signing_keys.model import PUBLISH_RETIRED_MS, PlatformKey, PlatformKeyStatus
from tongbao_platform.identity.signing_keys.published import SigningKeys, jwks_document
from tongbao_platform.identity.signing_keys.rotate import ANNOUNCED_FOR_MS, Rotation, ensure_first_keys, rotate
from tongbao_platform.identity.signing_keys.states import TRANSITIONS, PlatformKeyAction, advance
from tongbao_platform.identity.signing_keys.store import PlatformKeyStore
from tongbao_platform.identity.vault import Vault
from tongbao_platform.kernel.clock import VirtualClock
from tongbao_platform.kernel.errors import PlatformFault, Refusal
from tongbao_platform.kernel.ids import seeded_ids


class World(NamedTuple):
    committer: MemoryCommitter
    clock: VirtualClock
    rotation: Rotation
    signing: SigningKeys

    def statuses(self) -> list[str]:
        return [key.status for key in self.committer.all(PlatformKey)]

    async def kids(self) -> list[str]:
        document = msgspec.json.decode(jwks_document(await self.signing.published()))
        return [key["kid"] for key in document["keys"]]


def world(**settings: Any) -> World:
    committer, clock = memory()
    vault = Vault(Keyring("test", {"test": bytes(32)}))
    rotation = Rotation(
        committer=committer,
        store=MemoryKeyStore(committer),
        vault=vault,
        ids=seeded_ids(clock, 1),
        clock=clock,
        **settings,
    )
    return World(committer, clock, rotation, SigningKeys(committer.cache(committer.load_platform_keys), vault, clock))


async def test_a_new_platform_gets_an_active_key_and_its_successor_once() -> None:
    here = world()
    with pytest.raises(PlatformFault, match="no active"):
        await here.signing.active()
    first = await ensure_first_keys(here.rotation)
    assert here.statuses() == ["active", "announced"]
    assert (await ensure_first_keys(here.rotation)).id == first.id
    assert here.statuses() == ["active", "announced"]
    assert (await here.signing.active()).kid == first.id


@pytest.mark.parametrize("alg", ["ES256", "PS256", "Ed25519"])
async def test_the_active_key_signs_and_the_published_one_verifies(alg: str) -> None:
    here = world(alg=alg)
    await ensure_first_keys(here.rotation)
    key = await here.signing.active()
    assert await here.signing.active() is key
    document = msgspec.json.decode(jwks_document(await here.signing.published()))
    published = next(jwk for jwk in document["keys"] if jwk["kid"] == key.kid)
    assert published["alg"] == alg
    assert published["use"] == "sig"
    assert verify(import_public_jwk(published), sign(key, b"payload"), b"payload")


async def test_the_private_half_is_sealed_and_never_published() -> None:
    here = world()
    await ensure_first_keys(here.rotation)
    for key in here.committer.all(PlatformKey):
        assert key.sealed_private is not None
        assert key.sealed_private.startswith("v1.test.")
        assert '"d"' not in key.public_jwk
    document = msgspec.json.decode(jwks_document(await here.signing.published()))
    assert all("d" not in jwk for jwk in document["keys"])


async def test_rotation_needs_the_announcement_to_be_a_day_old() -> None:
    here = world()
    first = await ensure_first_keys(here.rotation)
    early = await rotate(here.rotation)
    assert isinstance(early, Refusal)
    assert early.code == "signing_key_too_new"
    here.clock.advance(ANNOUNCED_FOR_MS)
    second = await rotate(here.rotation)
    assert isinstance(second, PlatformKey)
    assert here.statuses() == ["retired", "active", "announced"]
    assert (await here.signing.active()).kid == second.id != first.id
    retired = here.committer.all(PlatformKey)[0]
    assert retired.sealed_private is None
    assert retired.retired_at == here.clock.now()


async def test_a_leaked_key_can_be_rotated_at_once() -> None:
    here = world()
    await ensure_first_keys(here.rotation)
    assert isinstance(await rotate(here.rotation, at_once=True), PlatformKey)
    assert isinstance(await rotate(here.rotation, at_once=True), PlatformKey)
    assert here.statuses() == ["retired", "retired", "active", "announced"]


async def test_retired_keys_stay_published_until_their_signatures_are_old() -> None:
    here = world()
    first = await ensure_first_keys(here.rotation)
    await rotate(here.rotation, at_once=True)
    kids = await here.kids()
    assert len(kids) == len(set(kids)) == 3
    assert first.id in kids
    here.clock.advance(PUBLISH_RETIRED_MS - 1)
    assert first.id in await here.kids()
    here.clock.advance(1)
    assert first.id not in await here.kids()


async def test_a_rotation_that_was_cut_short_is_finished_by_the_next() -> None:
    here = world()
    await ensure_first_keys(here.rotation)
    announced = here.committer.all(PlatformKey)[1]
    del here.committer.rows[(PlatformKey, announced.id)]
    here.committer.claims.clear()
    activated = await rotate(here.rotation, at_once=True)
    assert isinstance(activated, PlatformKey)
    assert here.statuses() == ["retired", "active", "announced"]


async def test_an_announced_key_is_published_although_an_insert_drops_no_cache() -> None:
    here = world()
    await ensure_first_keys(here.rotation)
    announced = here.committer.all(PlatformKey)[1]
    del here.committer.rows[(PlatformKey, announced.id)]
    here.committer.claims.clear()
    here.committer.freshness.forget()
    assert len(await here.kids()) == 1
    await ensure_first_keys(here.rotation)
    assert len(await here.kids()) == 2


async def test_two_processes_that_start_at_once_agree_on_the_first_key() -> None:
    here = world()
    empty = msgspec.structs.replace(here.rotation, store=PlatformKeyStore(NoReader()))
    one = await ensure_first_keys(empty)
    two = await ensure_first_keys(empty)
    assert one.id == two.id
    assert here.statuses() == ["active", "announced"]


async def test_activating_needs_both_keys_in_the_right_states() -> None:
    here = world()
    first = await ensure_first_keys(here.rotation)
    second = here.committer.all(PlatformKey)[1]
    unknown = activate.ActivateKey(key_id="key_x", replaces=first.id, announced_for_ms=0)
    assert (await here.committer.refused(activate, unknown)).code == "not_found"
    gone = activate.ActivateKey(key_id=second.id, replaces="key_x", announced_for_ms=0)
    assert (await here.committer.refused(activate, gone)).code == "not_found"
    itself = activate.ActivateKey(key_id=second.id, replaces=second.id, announced_for_ms=0)
    assert (await here.committer.refused(activate, itself)).code == "signing_key_invalid_state"
    await here.committer.done(activate, activate.ActivateKey(key_id=second.id, replaces=first.id, announced_for_ms=0))
    back = activate.ActivateKey(key_id=first.id, replaces=second.id, announced_for_ms=0)
    assert (await here.committer.refused(activate, back)).code == "signing_key_invalid_state"


@pytest.mark.parametrize(
    ("status", "action"), list(itertools.product(get_args(PlatformKeyStatus), get_args(PlatformKeyAction)))
)
def test_every_pair_of_state_and_step(status: PlatformKeyStatus, action: PlatformKeyAction) -> None:
    key = PlatformKey(
        id="key_1",
        alg="ES256",
        public_jwk="{}",
        sealed_private="v1",
        status=status,
        announced_at=START,
        activated_at=None,
        retired_at=None,
        revision=1,
    )
    moved = advance(key, action, START)
    expected = TRANSITIONS.get((status, action))
    if expected is None:
        assert isinstance(moved, Refusal)
        assert moved.current_status == status
    else:
        assert isinstance(moved, PlatformKey)
        assert (moved.status, moved.revision) == (expected, 2)
        assert (moved.sealed_private is None) == (expected == "retired")
