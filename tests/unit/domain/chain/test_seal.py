"""A block is appended behind the head it was made for, or not at all."""

from typing import Any

from msgspec.structs import replace

from tests.factories.rows import START, FakeBank
from tongbao_platform.domain.chain import seal
from tongbao_platform.domain.chain.canonical import hash_of
from tongbao_platform.domain.chain.model import GENESIS, ChainBlock, ChainHead, Range, SealedAccount, SealedAuditEntry
from tongbao_platform.domain.chain.seal import SealBlock

FIRST = SealBlock(
    chain="entries",
    head_number=0,
    row_count=3,
    content_hash=b"c" * 32,
    fingerprints=b"f" * 24,
    ranges=(Range("acc_1", 0, 2), Range("acc_2", 0, 1)),
)
SECOND = replace(FIRST, head_number=1, row_count=1, ranges=(Range("acc_1", 2, 3),))


def sealed(bank: FakeBank, *commands: SealBlock) -> list[Any]:
    return [bank.run(seal, command) for command in commands]


def test_blocks_follow_each_other() -> None:
    bank = FakeBank()
    first, second = sealed(bank, FIRST, SECOND)
    blocks = [bank.row(ChainBlock, f"entries:{number:012d}") for number in (1, 2)]
    assert [block.previous_hash for block in blocks] == [GENESIS, blocks[0].hash]
    assert [hash_of(block) for block in blocks] == [block.hash for block in blocks]
    assert blocks[0].covers == '[["acc_1",0,2],["acc_2",0,1]]'
    assert (first, second) == tuple(
        ChainHead(id="entries", number=block.number, hash=block.hash, sealed_at=START) for block in blocks
    )
    assert bank.row(ChainHead, "entries") == second
    assert bank.row(SealedAccount, "acc_1").seq == 3


def test_the_second_for_one_head_does_nothing() -> None:
    bank = FakeBank()
    assert sealed(bank, FIRST, FIRST)[1] is None
    assert bank.row(ChainHead, "entries").number == 1


def test_a_block_made_for_an_older_head_does_nothing() -> None:
    bank = FakeBank()
    assert sealed(bank, FIRST, replace(SECOND, head_number=0))[1] is None


def test_a_range_must_begin_where_the_last_one_ended() -> None:
    bank = FakeBank()
    for wrong in (Range("acc_1", 1, 4), Range("acc_1", 3, 4), Range("acc_1", 2, 2), Range("acc_3", 1, 2)):
        bank = FakeBank()
        assert sealed(bank, FIRST, replace(SECOND, ranges=(wrong,)))[1] is None


def test_an_audit_entry_is_sealed_once() -> None:
    bank = FakeBank()
    first = replace(FIRST, chain="audit", ranges=(), audit_ids=("aud_1", "aud_2"))
    again = replace(first, head_number=1, audit_ids=("aud_2", "aud_3"))
    done, not_done = sealed(bank, first, again)
    assert (done.number, not_done) == (1, None)
    assert bank.row(SealedAuditEntry, "aud_2").number == 1
    assert bank.row(ChainBlock, "audit:000000000001").covers == '["aud_1","aud_2"]'


def test_the_chains_do_not_touch_each_other() -> None:
    bank = FakeBank()
    audit = replace(FIRST, chain="audit", ranges=(), audit_ids=("aud_1",))
    heads = sealed(bank, FIRST, audit)
    assert [head.number for head in heads] == [1, 1]
