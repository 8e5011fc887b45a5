"""A client with a key, ready to ask for tokens."""

from typing import NamedTuple

from tests.unit.identity_state.memory import MemoryCommitter
from tongbao_platform.identity.clients import create
from tongbao_platform.identity.clients.model import Client, client_id_from
from tongbao_platform.identity.jose.keys import SigningKey, generate_signing_key
from tongbao_platform.identity.keys import register
from tongbao_platform.identity.keys.model import ClientKey
from tongbao_platform.kernel.clock import VirtualClock
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.kernel.ids import seeded_ids

SCOPES = ("payments:read", "payments:write", "refunds:write")


class Registered(NamedTuple):
    client: Client
    key: ClientKey
    private: SigningKey


def create_command(clock: VirtualClock, seed: int = 1, *, livemode: bool = False) -> create.CreateClient:
    return create.CreateClient(
        client_id=client_id_from(seeded_ids(clock, seed).new("app"), livemode=livemode),
        merchant_id=seeded_ids(clock, seed).new("mch"),
        name="Shop",
        scopes=SCOPES,
        api_version="2026-11-22",
        livemode=livemode,
    )


def register_command(client: Client, private: SigningKey, key_id: str) -> register.RegisterKey:
    command = register.read_key(key_id, client.id, private.public.jwk)
    assert not isinstance(command, Refusal)
    return command


async def add_client(committer: MemoryCommitter, clock: VirtualClock, seed: int = 1) -> Registered:
    client: Client = await committer.done(create, create_command(clock, seed))
    return await add_key(committer, client, seeded_ids(clock, seed).new("key"))


async def add_key(committer: MemoryCommitter, client: Client, key_id: str, alg: str = "ES256") -> Registered:
    private = generate_signing_key(alg)
    key: ClientKey = await committer.done(register, register_command(client, private, key_id))
    return Registered(client, key, private)
