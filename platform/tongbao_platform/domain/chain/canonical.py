"""How rows become octets and octets become hashes, version 1.

A row is the JSON array of its table's name and its columns in the order below: UTF-8, no white space, integers in full,
strings escaped as RFC 8785 section 3.2.2.2 does, absent values as ``null``. A row's digest is the SHA-256 of that.

One *sealed row* of the chain ``entries`` is an entry with its transfer, two digests; of ``audit`` it is one digest. A
block's content hash is the SHA-256 of all digests one after the other, 32 octets each; so every array's end is fixed
and no two lists of rows give the same octets. Its fingerprints are 8 octets per sealed row: the first 4 of the entry's
digest and the first 4 of the transfer's, or the first 8 of the audit entry's. They only say *which* row differs; that
one does is told by the content hash.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any, Final

import msgspec

from tongbao_platform.domain.chain.model import ChainBlock

VERSION: Final = 1
ENTRY_COLUMNS: Final = ("account_id", "seq", "transfer_id", "amount_minor", "balance_after_minor", "occurred_at")
TRANSFER_COLUMNS: Final = (
    "id",
    "group_id",
    "debit_account_id",
    "credit_account_id",
    "amount_minor",
    "currency",
    "type",
    "reference_type",
    "reference_id",
    "description",
    "hold_id",
    "created_at",
)
AUDIT_COLUMNS: Final = ("id", "at", "actor", "action", "object_type", "object_id", "detail", "request_id")
FINGERPRINT_OCTETS: Final = 8

Digest = bytes
_encode = msgspec.json.Encoder().encode


class Sealing(msgspec.Struct, frozen=True):
    """What a block says of its rows."""

    content_hash: bytes
    fingerprints: bytes


def entry_digests(entry: Sequence[Any], transfer: Sequence[Any]) -> tuple[Digest, Digest]:
    """Return the digests of an entry and of its transfer, given as values in the order of their columns."""
    return (
        sha256(_encode(("ledger_entry", *entry))).digest(),
        sha256(_encode(("ledger_transfer", *transfer))).digest(),
    )


def audit_digest(entry: Sequence[Any]) -> Digest:
    """Return the digest of an audit entry, given as values in the order of its columns."""
    return sha256(_encode(("audit_entry", *entry))).digest()


def seal_entries(digests: Iterable[tuple[Digest, Digest]]) -> Sealing:
    """Return content hash and fingerprints of entries with their transfers."""
    content, fingerprints = sha256(), bytearray()
    for entry, transfer in digests:
        content.update(entry + transfer)
        fingerprints += entry[:4] + transfer[:4]
    return Sealing(content.digest(), bytes(fingerprints))


def seal_audit(digests: Iterable[Digest]) -> Sealing:
    """Return content hash and fingerprints of audit entries."""
    content, fingerprints = sha256(), bytearray()
    for digest in digests:
        content.update(digest)
        fingerprints += digest[:FINGERPRINT_OCTETS]
    return Sealing(content.digest(), bytes(fingerprints))


def hash_of(block: ChainBlock) -> bytes:
    """Return the hash that ``block`` must have: over its own fields and the hash of the block before it."""
    fields = (
        "chain_block",
        block.version,
        block.chain,
        block.number,
        block.sealed_at,
        block.row_count,
        block.covers,
        block.content_hash.hex(),
        block.fingerprints.hex(),
        block.previous_hash.hex(),
    )
    return sha256(_encode(fields)).digest()
