"""Operators' commands: merchants, clients, keys, the platform's signing keys."""

import asyncio
from argparse import Namespace
from pathlib import Path
from typing import Any

from tongbao_platform.domain.merchants import create as create_merchant
from tongbao_platform.domain.merchants.list import list_merchants
from tongbao_platform.domain.merchants.model import SettlementAccount
from tongbao_platform.execution.operation import Context, Outcome
from tongbao_platform.identity.clients import create as create_client
from tongbao_platform.identity.clients.list import list_clients
from tongbao_platform.identity.clients.model import client_id_from
from tongbao_platform.identity.keys import register as register_key
from tongbao_platform.identity.keys import revoke as revoke_key
from tongbao_platform.identity.keys.list import list_keys
from tongbao_platform.identity.scopes import SUPPORTED_SCOPES
from tongbao_platform.identity.signing_keys.rotate import rotate
from tongbao_platform.kernel.clock import format_instant
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.processes.bank_accounts import CURRENCIES
from tongbao_platform.processes.foundation import Foundation
from tongbao_platform.processes.table import render_table
from tongbao_platform.processes.wiring import rotation_of, stores_of

API_VERSION = "2026-11-22"
PAGE = 200


class Refused(Exception):
    """The platform refused what the operator asked; the message says why."""


def _context(foundation: Foundation) -> Context:
    return Context(actor="operator", request_id=foundation.ids.new("req"))


async def run_operation(foundation: Foundation, operation: Any, command: Any) -> Any:  # noqa: ANN401 - any operation
    """Run what an operator asked for and return its result; raise ``Refused`` with the reason."""
    outcome: Outcome = await foundation.committer.run(operation, command, _context(foundation))
    if outcome.refusal is not None:
        raise Refused(_sentence(outcome.refusal))
    return outcome.result


def _sentence(refusal: Refusal) -> str:
    fields = "".join(f"\n  {error.pointer}: {error.detail}" for error in refusal.errors)
    return f"{refusal.code}: {refusal.detail}{fields}"


async def merchants_create(foundation: Foundation, options: Namespace) -> str:
    """Create a merchant with its settlement accounts."""
    command = create_merchant.CreateMerchant(
        merchant_id=foundation.ids.new("mch"),
        name=options.name,
        livemode=foundation.settings.livemode,
        fee_rate_ppm=options.fee_ppm,
        return_origins=tuple(options.return_origin),
        settlement_accounts=tuple(SettlementAccount(c, foundation.ids.new("acc")) for c in CURRENCIES),
    )
    merchant = await run_operation(foundation, create_merchant, command)
    rows = [
        (merchant.id, merchant.name, account.currency, account.account_id) for account in merchant.settlement_accounts
    ]
    return render_table(("merchant", "name", "currency", "account"), rows)


async def merchants_list(foundation: Foundation, options: Namespace) -> str:
    """List merchants."""
    merchants = await list_merchants(foundation.reader, options.after, PAGE)
    rows = [(m.id, m.name, m.status, f"{m.fee_rate_ppm} ppm", format_instant(m.created_at)) for m in merchants]
    return render_table(("merchant", "name", "status", "fee", "created"), rows)


async def clients_create(foundation: Foundation, options: Namespace) -> str:
    """Create a client for a merchant."""
    livemode = foundation.settings.livemode
    command = create_client.CreateClient(
        client_id=client_id_from(foundation.ids.new("app"), livemode=livemode),
        merchant_id=options.merchant,
        name=options.name,
        scopes=tuple(options.scope) or SUPPORTED_SCOPES,
        api_version=API_VERSION,
        livemode=livemode,
    )
    client = await run_operation(foundation, create_client, command)
    return render_table(("client", "merchant", "scopes"), [(client.id, client.merchant_id, " ".join(client.scopes))])


async def clients_list(foundation: Foundation, options: Namespace) -> str:
    """List clients."""
    clients = await list_clients(stores_of(foundation).clients, after=options.after, limit=PAGE)
    rows = [(c.id, c.merchant_id, c.name, c.status, format_instant(c.created_at)) for c in clients]
    return render_table(("client", "merchant", "name", "status", "created"), rows)


async def keys_add(foundation: Foundation, options: Namespace) -> str:
    """Register a client's public key from a JWK file."""
    jwk = await asyncio.to_thread(Path(options.file).read_bytes)
    command = register_key.read_key(foundation.ids.new("key"), options.client, jwk)
    if isinstance(command, Refusal):
        raise Refused(_sentence(command))
    key = await run_operation(foundation, register_key, command)
    return render_table(("key", "kid", "alg", "client"), [(key.id, key.kid, key.alg, key.client_id)])


async def keys_list(foundation: Foundation, options: Namespace) -> str:
    """List a client's keys with their last use."""
    rows = []
    for each in await list_keys(stores_of(foundation).keys, options.client):
        key = each.key
        used = format_instant(each.last_used_at) if each.last_used_at is not None else "never"
        ended = format_instant(key.revoked_at) if key.revoked_at is not None else ""
        rows.append((key.id, key.kid, key.alg, used, ended))
    return render_table(("key", "kid", "alg", "last used", "revoked"), rows)


async def keys_revoke(foundation: Foundation, options: Namespace) -> str:
    """Revoke a client's key at once."""
    key = await run_operation(foundation, revoke_key, revoke_key.RevokeKey(key_id=options.key, reason=options.reason))
    return f"{key.id} is revoked; requests signed with it are refused."


async def signing_rotate(foundation: Foundation, options: Namespace) -> str:
    """Activate the announced signing key and announce the next one."""
    active = await rotate(rotation_of(foundation), at_once=options.at_once)
    if isinstance(active, Refusal):
        raise Refused(_sentence(active))
    published = await stores_of(foundation).platform_keys.published(foundation.clock.now())
    return render_table(("kid", "alg", "status"), [(key.id, key.alg, key.status) for key in published])
