"""Ids are TypeIDs of UUIDv7: sortable, well-formed, repeatable for a seed."""

import itertools
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao_platform.kernel.clock import Instant, VirtualClock
from tongbao_platform.kernel.ids import UuidV7Ids, decode_base32, encode_base32, is_id, seeded_ids


@given(st.integers(min_value=0, max_value=2**128 - 1))
def test_base32_is_exact_and_keeps_the_order(bits: int) -> None:
    assert decode_base32(encode_base32(bits)) == bits
    assert (encode_base32(bits) < encode_base32(bits ^ 1)) == (bits < bits ^ 1)


def test_the_published_example() -> None:
    """TypeID specification: the UUID and its suffix."""
    suffix = encode_base32(uuid.UUID("01890a5d-ac96-774b-bcce-b302099a8057").int)
    assert suffix == "01h455vb4pex5vsknk084sn02q"


def test_an_id_is_a_version_7_uuid_of_its_millisecond() -> None:
    clock = VirtualClock(Instant(1_795_343_400_007))
    made = uuid.UUID(int=decode_base32(UuidV7Ids(clock).new("pay")[4:]))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == clock.now()


def test_a_later_millisecond_gives_a_greater_id() -> None:
    clock = VirtualClock(Instant(1_000_000))
    ids = UuidV7Ids(clock)
    first = ids.new("pay")
    clock.advance(1)
    assert first < ids.new("pay")


def test_a_series_rises_and_is_even() -> None:
    ids = UuidV7Ids(VirtualClock(Instant(1_000_000)))
    some = list(itertools.islice(ids.series("tra"), 3_000))
    assert some == sorted(set(some))
    assert all(is_id(each, "tra") and decode_base32(each[4:]) % 2 == 0 for each in some)


def test_a_series_has_room_at_its_highest_draw() -> None:
    ids = UuidV7Ids(VirtualClock(Instant(1_000_000)), lambda bits: 2**bits - 1)
    some = list(itertools.islice(ids.series("tra"), 100))
    assert some == sorted(set(some))


def test_a_seed_repeats_itself() -> None:
    def draw(seed: int) -> list[str]:
        ids = seeded_ids(VirtualClock(Instant(1_000)), seed)
        return [ids.new("pay"), *itertools.islice(ids.series("evt"), 3)]

    assert draw(7) == draw(7)
    assert draw(7) != draw(8)


@pytest.mark.parametrize(
    "text", ["", "pay", "pay_", "pay_8zzzzzzzzzzzzzzzzzzzzzzzzz", "pay_01h455vb4pex5vsknk084sn02", "ref_" + "0" * 26]
)
def test_what_is_not_an_id_is_not_taken_for_one(text: str) -> None:
    assert not is_id(text, "pay")
    assert is_id("pay_" + "0" * 26, "pay")


@pytest.mark.parametrize("suffix", ["", "i" * 26, "0" * 25, "8" + "0" * 25])
def test_a_bad_suffix_is_refused(suffix: str) -> None:
    with pytest.raises(ValueError, match="base32"):
        decode_base32(suffix)
