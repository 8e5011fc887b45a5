"""Clients: their ids, creation, disabling."""

import itertools
from typing import get_args

import msgspec
import pytest

from tests.unit.identity_state.memory import START, memory
from tests.unit.identity_state.registered import create_command
from tongbao_platform.identity.clients import create, disable
from tongbao_platform.identity.clients.model import Client, ClientStatus, client_id_from, is_client_id
from tongbao_platform.identity.clients.states import TRANSITIONS, ClientAction, advance
from tongbao_platform.kernel.errors import Refusal

SUFFIX = "01jd7r4wkefv9an9kxqnz0c3mh"


@pytest.mark.parametrize(("livemode", "prefix"), [(False, "app_sandbox_"), (True, "app_live_")])
def test_an_id_tells_its_environment(livemode: bool, prefix: str) -> None:
    spelled = client_id_from(f"app_{SUFFIX}", livemode=livemode)
    assert spelled == prefix + SUFFIX
    assert is_client_id(spelled, livemode=livemode)
    assert not is_client_id(spelled, livemode=not livemode)


def test_only_an_app_id_becomes_a_client_id() -> None:
    with pytest.raises(ValueError, match="prefix app"):
        client_id_from(f"key_{SUFFIX}", livemode=False)


async def test_a_client_starts_active_with_sorted_scopes() -> None:
    committer, clock = memory()
    command = create_command(clock)
    client = await committer.done(create, msgspec.structs.replace(command, scopes=("refunds:read", "payments:read")))
    assert client == Client(
        id=command.client_id,
        merchant_id=command.merchant_id,
        profile="merchant",
        name="Shop",
        scopes=("payments:read", "refunds:read"),
        api_version="2026-11-22",
        status="active",
        livemode=False,
        key_count=0,
        revision=1,
        created_at=START,
    )
    assert [entry.action for entry in committer.audit] == ["client.create"]


async def test_all_faults_of_a_client_are_told_at_once() -> None:
    committer, clock = memory()
    command = create_command(clock, livemode=True)
    wrong = msgspec.structs.replace(command, livemode=False, name=" ", scopes=("payments:read", "money:all"))
    refusal = await committer.refused(create, wrong)
    assert refusal.code == "validation_failed"
    assert [error.pointer for error in refusal.errors] == ["/client_id", "/name", "/scopes/1"]
    empty = await committer.refused(create, msgspec.structs.replace(command, scopes=()))
    assert [(error.pointer, error.code) for error in empty.errors] == [("/scopes", "required")]


async def test_disabling_is_final() -> None:
    committer, clock = memory()
    client: Client = await committer.done(create, create_command(clock))
    disabled = await committer.done(disable, disable.DisableClient(client_id=client.id, reason="closed"))
    assert (disabled.status, disabled.revision) == ("disabled", 2)
    again = await committer.refused(disable, disable.DisableClient(client_id=client.id))
    assert (again.code, again.current_status, again.allowed_actions) == ("client_invalid_state", "disabled", ())
    unknown = await committer.refused(disable, disable.DisableClient(client_id="app_sandbox_x"))
    assert unknown.code == "not_found"


@pytest.mark.parametrize(("status", "action"), list(itertools.product(get_args(ClientStatus), get_args(ClientAction))))
async def test_every_pair_of_state_and_step(status: ClientStatus, action: ClientAction) -> None:
    committer, clock = memory()
    created: Client = await committer.done(create, create_command(clock))
    client = msgspec.structs.replace(created, status=status)
    moved = advance(client, action)
    expected = TRANSITIONS.get((status, action))
    if expected is None:
        assert isinstance(moved, Refusal)
    else:
        assert isinstance(moved, Client)
        assert moved.status == expected
