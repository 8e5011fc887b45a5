"""Fills a database with merchants, funds and clients, through the platform's own operations."""

import asyncio
import json
import secrets
from typing import Any, Final

import msgspec
from jwcrypto import jwk

from tongbao_platform.domain.accounts import deposit
from tongbao_platform.domain.merchants import create as create_merchant
from tongbao_platform.domain.merchants.model import SettlementAccount
from tongbao_platform.execution.operation import Context
from tongbao_platform.identity.clients import create as create_client
from tongbao_platform.identity.clients.model import client_id_from
from tongbao_platform.identity.keys import register as register_key
from tongbao_platform.identity.scopes import SUPPORTED_SCOPES
from tongbao_platform.processes.bank_accounts import ensure_bank_accounts
from tongbao_platform.processes.foundation import Foundation, migrate_database, open_foundation
from tongbao_platform.processes.wiring import ensure_signing_keys
from tongbao_platform.settings import Settings

MERCHANTS: Final = 200
CLIENTS: Final = 16
FUNDS_MINOR: Final = 10**13
FEE_RATE_PPM: Final = 6_000
RETURN_ORIGIN: Final = "https://shop.example"
CURRENCY: Final = "CNY"
API_VERSION: Final = "2026-11-22"
_CONTEXT: Final = Context(actor="benchmark")


class Party(msgspec.Struct, frozen=True):
    """A merchant with its one account."""

    merchant_id: str
    account_id: str


class Client(msgspec.Struct, frozen=True):
    """A client of a merchant, with the private key that signs for it (a JWK)."""

    client_id: str
    account_id: str
    private_jwk: dict[str, Any]


class Population(msgspec.Struct, frozen=True):
    """Everybody who pays and is paid. ``fee_account_id`` is the bank's income."""

    parties: tuple[Party, ...]
    clients: tuple[Client, ...]
    fee_account_id: str


def settings_of(database_url: str, port: int = 0) -> Settings:
    """Return a sandbox's settings without rate limits."""
    base_url = f"http://127.0.0.1:{port}"
    return Settings(
        database_url=database_url,
        base_url=base_url,
        issuer=base_url,
        checkout_url=base_url,
        port=port,
        rate_limit=False,
    )


def keyring() -> str:
    """Return a fresh key-encryption key for the environment variable ``TONGBAO_KEYRING``."""
    return f"benchmark:{secrets.token_urlsafe(32)}"


async def populate(settings: Settings, merchants: int = MERCHANTS) -> Population:
    """Migrate the empty database of ``settings`` and fill it."""
    await migrate_database(settings)
    async with open_foundation(settings) as foundation:
        bank = await ensure_bank_accounts(foundation.committer, foundation.reader, foundation.ids)
        await ensure_signing_keys(foundation)
        settlement = bank.settlement[CURRENCY]
        parties = await asyncio.gather(*(_open_party(foundation, n, settlement) for n in range(merchants)))
        clients = await asyncio.gather(*(_register(foundation, party) for party in parties[:CLIENTS]))
        return Population(tuple(parties), tuple(clients), bank.fee_income[CURRENCY])


async def _open_party(foundation: Foundation, number: int, settlement_account_id: str) -> Party:
    party = Party(foundation.ids.new("mch"), foundation.ids.new("acc"))
    merchant = create_merchant.CreateMerchant(
        merchant_id=party.merchant_id,
        name=f"Merchant {number}",
        livemode=False,
        fee_rate_ppm=FEE_RATE_PPM,
        return_origins=(RETURN_ORIGIN,),
        settlement_accounts=(SettlementAccount(CURRENCY, party.account_id),),
    )
    await _run(foundation, create_merchant, merchant)
    arrival = deposit.Deposit(
        account_id=party.account_id,
        from_account_id=settlement_account_id,
        amount_minor=FUNDS_MINOR,
        reference_id="start",
    )
    await _run(foundation, deposit, arrival)
    return party


async def _register(foundation: Foundation, party: Party) -> Client:
    client = create_client.CreateClient(
        client_id=client_id_from(foundation.ids.new("app"), livemode=False),
        merchant_id=party.merchant_id,
        name="Benchmark",
        scopes=SUPPORTED_SCOPES,
        api_version=API_VERSION,
        livemode=False,
    )
    await _run(foundation, create_client, client)
    pair = jwk.JWK.generate(kty="EC", crv="P-256", kid=secrets.token_hex(8), alg="ES256", use="sig")
    key = register_key.read_key(foundation.ids.new("key"), client.client_id, pair.export_public())
    await _run(foundation, register_key, key)
    return Client(client.client_id, party.account_id, json.loads(pair.export_private()))


async def _run(foundation: Foundation, operation: Any, command: Any) -> None:  # noqa: ANN401 - any operation
    outcome = await foundation.committer.run(operation, command, _CONTEXT)
    if outcome.refusal is not None:
        raise RuntimeError(f"the population was refused: {outcome.refusal.code}")
