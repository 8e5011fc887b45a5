"""Create a customer with its accounts (an operator's or the sandbox's doing)."""

import msgspec

from tongbao_platform.domain.accounts.opening import new_account
from tongbao_platform.domain.customers import errors
from tongbao_platform.domain.customers.masks import mask_name
from tongbao_platform.domain.customers.model import Customer
from tongbao_platform.execution.operation import Changes, Claim, Found, Keys, NewAuditEntry, Rows
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.kernel.errors import Refusal


class CustomerAccount(msgspec.Struct, frozen=True):
    """An account to open for the customer."""

    account_id: str
    currency: str


class CreateCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """The customer to create; the hashes are made before, off the event loop. ``login`` is unique for ever."""

    customer_id: str
    login: str
    password_hash: str
    pin_hash: str
    name: str
    livemode: bool
    accounts: tuple[CustomerAccount, ...]


def claims(command: CreateCustomer) -> tuple[Claim, ...]:
    """Claim the login."""
    return (_login(command),)


def keys(command: CreateCustomer, found: Found) -> Keys:
    """Need nothing but the claim."""
    del command, found
    return Keys()


def decide(rows: Rows, command: CreateCustomer, now: Instant) -> Changes | Refusal:
    """Store the customer and open the accounts; the result is the ``Customer``."""
    if rows.taken(_login(command)) is not None:
        return errors.EXISTS
    customer = Customer(
        id=command.customer_id,
        login=command.login,
        password_hash=command.password_hash,
        pin_hash=command.pin_hash,
        name_masked=mask_name(command.name),
        status="active",
        livemode=command.livemode,
        created_at=now,
    )
    accounts = tuple(
        new_account(wanted.account_id, customer.id, "customer", wanted.currency, now) for wanted in command.accounts
    )
    return Changes(
        result=customer,
        insert=(customer, *accounts),
        audit=(NewAuditEntry(action="customer.create", object_type="customer", object_id=customer.id),),
    )


def _login(command: CreateCustomer) -> Claim:
    return Claim("customer_login", "", command.login, command.customer_id, Customer)
