"""Every row set of the product: what alembic migrates, what the committer may write, what the verifier knows."""

from typing import Any, Final

from sqlalchemy import MetaData

from tongbao_platform.domain.accounts.store import ACCOUNT_DAYS, CLEARING_ACCOUNTS
from tongbao_platform.domain.chain.store import CHAIN_ACCOUNTS, CHAIN_AUDIT_ENTRIES, CHAIN_BLOCKS, CHAIN_HEADS
from tongbao_platform.domain.chain.tables import APPEND_ONLY as CHAIN_APPENDS
from tongbao_platform.domain.checkouts.store import CHECKOUTS
from tongbao_platform.domain.customers.store import CUSTOMERS, LOGIN_SESSIONS
from tongbao_platform.domain.merchants.store import MERCHANTS
from tongbao_platform.domain.payments.store import PAYMENTS
from tongbao_platform.domain.refunds.store import REFUNDS
from tongbao_platform.domain.verification.store import CURSORS, VERIFIED_ACCOUNTS
from tongbao_platform.domain.webhook_deliveries.store import DELIVERY_ATTEMPTS, WEBHOOK_DELIVERIES
from tongbao_platform.domain.webhook_endpoints.store import WEBHOOK_ENDPOINTS
from tongbao_platform.execution.records import APPEND_ONLY as EXECUTION_APPENDS
from tongbao_platform.execution.registry import Registry
from tongbao_platform.identity.clients.store import CLIENTS
from tongbao_platform.identity.keys.store import CLIENT_KEYS, KEY_USES
from tongbao_platform.identity.signing_keys.store import PLATFORM_KEYS
from tongbao_platform.identity.tokens.store import ACCESS_TOKENS
from tongbao_platform.ledger.store import ACCOUNTS, HOLDS
from tongbao_platform.ledger.tables import APPEND_ONLY as LEDGER_APPENDS
from tongbao_platform.outbox.store import BATCHES, EVENTS
from tongbao_platform.outbox.tables import APPEND_ONLY as OUTBOX_APPENDS
from tongbao_platform.storage.rowset import RowSet
from tongbao_platform.storage.stamp import STAMP_TABLE

ROWSETS: Final[tuple[RowSet[Any], ...]] = (
    ACCOUNTS,
    HOLDS,
    CLEARING_ACCOUNTS,
    ACCOUNT_DAYS,
    EVENTS,
    BATCHES,
    PAYMENTS,
    REFUNDS,
    MERCHANTS,
    CUSTOMERS,
    LOGIN_SESSIONS,
    CHECKOUTS,
    WEBHOOK_ENDPOINTS,
    WEBHOOK_DELIVERIES,
    DELIVERY_ATTEMPTS,
    CLIENTS,
    CLIENT_KEYS,
    KEY_USES,
    ACCESS_TOKENS,
    PLATFORM_KEYS,
    CHAIN_BLOCKS,
    CHAIN_HEADS,
    CHAIN_ACCOUNTS,
    CHAIN_AUDIT_ENTRIES,
    VERIFIED_ACCOUNTS,
    CURSORS,
)

# Tables that triggers protect.
APPEND_ONLY: Final = (*LEDGER_APPENDS, *OUTBOX_APPENDS, *EXECUTION_APPENDS, *CHAIN_APPENDS)


def registry() -> Registry:
    """Return the registry of every model."""
    return Registry(ROWSETS)


def metadata() -> MetaData:
    """Return the metadata of every table (importing this module has filled it)."""
    return STAMP_TABLE.metadata
