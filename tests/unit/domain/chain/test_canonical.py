"""The encoding is fixed for ever: a change would make every stored block look tampered with."""

from hashlib import sha256

from msgspec.structs import replace

from tongbao_platform.domain.chain import canonical
from tongbao_platform.domain.chain.canonical import audit_digest, entry_digests, hash_of, seal_audit, seal_entries
from tongbao_platform.domain.chain.model import GENESIS, ChainBlock, block_id
from tongbao_platform.execution.records import AUDIT_TABLE
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.ledger.tables import ENTRIES, TRANSFERS

ENTRY = ("acc_1", 7, "tra_1", -250, 9_007_199_254_740_993, 1_795_000_000_000)
TRANSFER = ("tra_1", "tra_1", "acc_1", "acc_2", 250, "CNY", "payment", "payment", "pay_1", '两杯"☕\\\n', None, 1)
BLOCK = ChainBlock(
    id="entries:000000000001",
    chain="entries",
    number=1,
    version=1,
    sealed_at=Instant(1_795_000_000_000),
    row_count=1,
    covers='[["acc_1",6,7]]',
    content_hash=b"c" * 32,
    fingerprints=b"f" * 8,
    previous_hash=GENESIS,
    hash=b"",
)


def test_every_column_of_a_sealed_table_is_sealed() -> None:
    assert list(canonical.ENTRY_COLUMNS) == [column.name for column in ENTRIES.columns]
    assert list(canonical.TRANSFER_COLUMNS) == [column.name for column in TRANSFERS.columns]
    assert list(canonical.AUDIT_COLUMNS) == [column.name for column in AUDIT_TABLE.columns]


def test_a_row_is_a_json_array_of_table_and_columns() -> None:
    entry, transfer = entry_digests(ENTRY, TRANSFER)
    written = '["ledger_entry","acc_1",7,"tra_1",-250,9007199254740993,1795000000000]'
    assert entry == sha256(written.encode()).digest()
    written = (
        '["ledger_transfer","tra_1","tra_1","acc_1","acc_2",250,"CNY","payment","payment","pay_1",'
        '"两杯\\"☕\\\\\\n",null,1]'
    )
    assert transfer == sha256(written.encode()).digest()
    assert (
        audit_digest(("aud_1", 1, "a", "b", "c", "d", "", None))
        == sha256(b'["audit_entry","aud_1",1,"a","b","c","d","",null]').digest()
    )


def test_a_blocks_content_is_all_digests_in_order() -> None:
    first, second = entry_digests(ENTRY, TRANSFER), entry_digests(("acc_2", *ENTRY[1:]), TRANSFER)
    sealing = seal_entries([first, second])
    assert sealing.content_hash == sha256(b"".join((*first, *second))).digest()
    assert sealing.fingerprints == first[0][:4] + first[1][:4] + second[0][:4] + second[1][:4]
    assert seal_entries([second, first]).content_hash != sealing.content_hash
    digests = [audit_digest((number,)) for number in range(3)]
    assert seal_audit(digests).content_hash == sha256(b"".join(digests)).digest()
    assert seal_audit(digests).fingerprints == b"".join(digest[:8] for digest in digests)


def test_a_blocks_hash_covers_every_field() -> None:
    known = "".join(
        (
            '["chain_block",1,"entries",1,1795000000000,1,"[[\\"acc_1\\",6,7]]","',
            (b"c" * 32).hex(),
            '","',
            (b"f" * 8).hex(),
            '","',
            GENESIS.hex(),
            '"]',
        )
    )
    assert hash_of(BLOCK) == sha256(known.encode()).digest()
    changed = (
        replace(BLOCK, chain="audit"),
        replace(BLOCK, number=2),
        replace(BLOCK, version=2),
        replace(BLOCK, sealed_at=Instant(1)),
        replace(BLOCK, row_count=2),
        replace(BLOCK, covers="[]"),
        replace(BLOCK, content_hash=b"d" * 32),
        replace(BLOCK, fingerprints=b"g" * 8),
        replace(BLOCK, previous_hash=b"p" * 32),
    )
    assert len({hash_of(BLOCK), *map(hash_of, changed)}) == len(changed) + 1


def test_ids_of_blocks_sort_by_number() -> None:
    ids = [block_id("entries", number) for number in (1, 2, 10, 999, 1_000, 10**11)]
    assert ids == sorted(ids)
