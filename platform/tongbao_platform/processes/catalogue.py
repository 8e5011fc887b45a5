"""Every row set of the product: what alembic migrates, what the committer may write, what the verifier knows."""

from typing import Any, Final

from sqlalchemy import MetaData

from tongbao_platform.domain.payments.store import PAYMENTS
from tongbao_platform.domain.refunds.store import REFUNDS
from tongbao_platform.execution.registry import Registry
from tongbao_platform.identity.clients.store import CLIENTS
from tongbao_platform.identity.keys.store import CLIENT_KEYS, KEY_USES
from tongbao_platform.identity.signing_keys.store import PLATFORM_KEYS
from tongbao_platform.identity.tokens.store import ACCESS_TOKENS
from tongbao_platform.ledger.store import ACCOUNTS, HOLDS
from tongbao_platform.outbox.store import EVENTS, PENDING
from tongbao_platform.storage.metadata import METADATA
from tongbao_platform.storage.rowset import RowSet

ROWSETS: Final[tuple[RowSet[Any], ...]] = (
    ACCOUNTS,
    HOLDS,
    EVENTS,
    PENDING,
    PAYMENTS,
    REFUNDS,
    CLIENTS,
    CLIENT_KEYS,
    KEY_USES,
    ACCESS_TOKENS,
    PLATFORM_KEYS,
)


def registry() -> Registry:
    """Return the registry of every model."""
    return Registry(ROWSETS)


def metadata() -> MetaData:
    """Return the metadata of every table (importing this module has filled it)."""
    return METADATA
