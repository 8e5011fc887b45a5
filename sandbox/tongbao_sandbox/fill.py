"""Brings the database to what the state file says, through the same operations an operator uses.

Each step looks first and does what is missing, so that a start that was cut off can be repeated.
"""

import asyncio
from typing import Any, Final

import msgspec

from tongbao_platform.domain.accounts import deposit
from tongbao_platform.domain.accounts.bank import BankAccounts
from tongbao_platform.domain.accounts.get import get as get_account
from tongbao_platform.domain.accounts.model import account_revision
from tongbao_platform.domain.customers import create as create_customer
from tongbao_platform.domain.customers.get import by_login
from tongbao_platform.domain.customers.password import hash_password
from tongbao_platform.domain.customers.pin import hash_pin
from tongbao_platform.domain.merchants import create as create_merchant
from tongbao_platform.domain.merchants.get import get as get_merchant
from tongbao_platform.domain.merchants.list import list_merchants
from tongbao_platform.domain.merchants.model import SettlementAccount
from tongbao_platform.execution.operation import Context, Operation
from tongbao_platform.execution.reading import Reader
from tongbao_platform.identity.clients import create as create_client
from tongbao_platform.identity.clients.store import ClientStore
from tongbao_platform.identity.jose.keys import import_private_jwk
from tongbao_platform.identity.keys import register as register_key
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.processes.admin import API_VERSION
from tongbao_platform.processes.foundation import Foundation
from tongbao_sandbox.personas import CURRENCY, CUSTOMERS, MERCHANTS, CustomerPersona, MerchantPersona
from tongbao_sandbox.state import CustomerState, MerchantState, SandboxState

OPENING_DEPOSIT: Final = "sandbox_opening"


class FillRefused(RuntimeError):
    """An operation said no to the sandbox' own data: a defect, or a database that somebody else filled."""


async def is_empty(reader: Reader) -> bool:
    """Tell whether the database has no merchant yet."""
    return not await list_merchants(reader, None, 1)


async def knows(reader: Reader, state: SandboxState) -> bool:
    """Tell whether the database was filled from ``state``, maybe in part."""
    return await get_merchant(reader, state.merchants[0].merchant_id) is not None


async def fill(foundation: Foundation, bank: BankAccounts, state: SandboxState) -> None:
    """Create the merchants, clients, keys, customers and their money, as far as they are missing."""
    filler = _Filler(foundation, bank.settlement[CURRENCY])
    for merchant, persona in zip(state.merchants, MERCHANTS, strict=True):
        await filler.merchant(merchant, persona)
    for customer, owner in zip(state.customers, CUSTOMERS, strict=True):
        await filler.customer(customer, owner)


class _Filler:
    def __init__(self, foundation: Foundation, settlement_account_id: str) -> None:
        self._foundation = foundation
        self._settlement_account_id = settlement_account_id

    async def merchant(self, state: MerchantState, persona: MerchantPersona) -> None:
        reader, ids = self._foundation.reader, self._foundation.ids
        if await get_merchant(reader, state.merchant_id) is None:
            command = create_merchant.CreateMerchant(
                merchant_id=state.merchant_id,
                name=persona.name,
                livemode=False,
                fee_rate_ppm=persona.fee_rate_ppm,
                return_origins=tuple(state.return_origins),
                settlement_accounts=(SettlementAccount(CURRENCY, state.account_id),),
            )
            await self._run(create_merchant, command)
        if await ClientStore(reader).by_id(state.client_id) is None:
            client = create_client.CreateClient(
                client_id=state.client_id,
                merchant_id=state.merchant_id,
                name=persona.name,
                scopes=tuple(state.scope.split()),
                api_version=API_VERSION,
                livemode=False,
            )
            await self._run(create_client, client)
        for private_jwk in state.private_jwks:
            public = import_private_jwk(private_jwk).public
            key = register_key.read_key(ids.new("key"), state.client_id, public.jwk)
            # A key that is there already answers with itself.
            await self._run(register_key, key)
        await self._deposit(state.account_id, persona.funds_minor)

    async def customer(self, state: CustomerState, persona: CustomerPersona) -> None:
        if await by_login(self._foundation.reader, state.login) is None:
            password_hash, pin_hash = await asyncio.gather(
                asyncio.to_thread(hash_password, state.password), asyncio.to_thread(hash_pin, state.pin)
            )
            command = create_customer.CreateCustomer(
                customer_id=self._foundation.ids.new("cus"),
                login=state.login,
                password_hash=password_hash,
                pin_hash=pin_hash,
                name=persona.name,
                livemode=False,
                accounts=tuple(create_customer.CustomerAccount(each, CURRENCY) for each in state.account_ids),
            )
            await self._run(create_customer, command)
        for account_id, funds_minor in zip(state.account_ids, persona.funds_minor, strict=True):
            await self._deposit(account_id, funds_minor)

    async def _deposit(self, account_id: str, amount_minor: int) -> None:
        account = await get_account(self._foundation.reader, None, account_id)
        if account is None:
            raise FillRefused(f"the account {account_id} is missing")
        if account.revision > account_revision(seq=0):
            return  # it has entries: what was spent since is not made good again
        command = deposit.Deposit(
            account_id=account_id,
            from_account_id=self._settlement_account_id,
            amount_minor=amount_minor,
            reference_id=OPENING_DEPOSIT,
            description="Opening balance",
        )
        await self._run(deposit, command)

    async def _run(self, operation: Operation[Any], command: msgspec.Struct) -> None:
        refusal: Refusal | None = command if isinstance(command, Refusal) else None
        if refusal is None:
            outcome = await self._foundation.committer.run(operation, command, Context(actor="system:sandbox"))
            refusal = outcome.refusal
        if refusal is not None:
            raise FillRefused(f"{refusal.code}: {refusal.detail}")
