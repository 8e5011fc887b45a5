"""The records execution keeps by itself: claims, stored answers, evidence, the audit trail, cache versions."""

from typing import Final

import msgspec
from sqlalchemy import Column, Index, Table

from tongbao_platform.kernel.clock import Instant
from tongbao_platform.storage.metadata import METADATA
from tongbao_platform.storage.rowset import RowSet
from tongbao_platform.storage.types import Code, Count, Id, Json, Octets, Time, Words


class ClaimRow(msgspec.Struct, frozen=True, gc=False):
    """A taken value. ``expires_at`` is empty for natural keys, which are taken for ever."""

    kind: str
    scope: str
    value: str
    ref: str | None
    expires_at: Instant | None


class StoredAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of an idempotency key. ``sealed`` bodies show a secret and are encrypted at rest."""

    scope: str
    key: str
    fingerprint: bytes
    status: int
    headers: tuple[tuple[str, str], ...]
    sealed: int
    body: bytes
    expires_at: Instant


class EvidenceRow(msgspec.Struct, frozen=True, kw_only=True):
    """The signature of a write, kept as long as its effect (non-repudiation)."""

    id: str
    client_id: str
    jti: str
    kid: str
    request_id: str | None
    at: Instant
    payload: bytes
    protected: bytes
    signature: bytes


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the audit trail."""

    id: str
    at: Instant
    actor: str
    action: str
    object_type: str
    object_id: str
    detail: str
    request_id: str | None


class CacheVersion(msgspec.Struct, frozen=True):
    """Raised in each transaction that changes a cached row."""

    id: str
    version: int


CLAIM_TABLE: Final = Table(
    "claim",
    METADATA,
    Column("kind", Code, primary_key=True),
    Column("scope", Code, primary_key=True),
    Column("value", Code, primary_key=True),
    Column("ref", Id, nullable=True),
    Column("expires_at", Time, nullable=True),
)
ANSWER_TABLE: Final = Table(
    "idempotency_answer",
    METADATA,
    Column("scope", Code, primary_key=True),
    Column("key", Code, primary_key=True),
    Column("fingerprint", Octets, nullable=False),
    Column("status", Count, nullable=False),
    Column("headers", Json(tuple[tuple[str, str], ...]), nullable=False),
    Column("sealed", Count, nullable=False),
    Column("body", Octets, nullable=False),
    Column("expires_at", Time, nullable=False),
)
EVIDENCE_TABLE: Final = Table(
    "request_evidence",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("client_id", Id, nullable=False),
    Column("jti", Code, nullable=False),
    Column("kid", Code, nullable=False),
    Column("request_id", Id, nullable=True),
    Column("at", Time, nullable=False),
    Column("payload", Octets, nullable=False),
    Column("protected", Octets, nullable=False),
    Column("signature", Octets, nullable=False),
)
AUDIT_TABLE: Final = Table(
    "audit_entry",
    METADATA,
    Column("id", Id, primary_key=True),
    Column("at", Time, nullable=False),
    Column("actor", Code, nullable=False),
    Column("action", Code, nullable=False),
    Column("object_type", Code, nullable=False),
    Column("object_id", Id, nullable=False),
    Column("detail", Words, nullable=False),
    Column("request_id", Id, nullable=True),
)
CACHE_VERSION_TABLE: Final = Table(
    "cache_version",
    METADATA,
    Column("id", Code, primary_key=True),
    Column("version", Count, nullable=False),
)

for _table in (CLAIM_TABLE, ANSWER_TABLE):
    Index(
        f"ix_{_table.name}_expires_at",
        _table.c.expires_at,
        postgresql_where=_table.c.expires_at.is_not(None),
        sqlite_where=_table.c.expires_at.is_not(None),
    )

CLAIMS: Final = RowSet(ClaimRow, CLAIM_TABLE, key=("kind", "scope", "value"), mutable=("ref",))
ANSWERS: Final = RowSet(StoredAnswer, ANSWER_TABLE, key=("scope", "key"))
EVIDENCE: Final = RowSet(EvidenceRow, EVIDENCE_TABLE, mutable=())
AUDIT: Final = RowSet(AuditRow, AUDIT_TABLE, mutable=())
CACHE_VERSIONS: Final = RowSet(CacheVersion, CACHE_VERSION_TABLE)

APPEND_ONLY: Final = (EVIDENCE_TABLE.name, AUDIT_TABLE.name)
THE_VERSION: Final = "cached_rows"
