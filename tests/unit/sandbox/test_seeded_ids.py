"""A seed repeats its ids, and prefixes do not disturb each other."""

from itertools import islice

from tongbao_platform.kernel.ids import decode_base32, is_id
from tongbao_sandbox.seeded_ids import FIRST_INSTANT, SeededIds


def test_the_same_seed_gives_the_same_ids_whatever_other_prefixes_draw() -> None:
    quiet, busy = SeededIds(7), SeededIds(7)
    first = [quiet.new("pay") for _ in range(5)]
    second = []
    for _ in range(5):
        busy.new("req")
        list(islice(busy.series("aud"), 3))
        second.append(busy.new("pay"))
    assert first == second
    assert SeededIds(8).new("pay") not in first


def test_ids_are_well_formed_unique_and_ascend() -> None:
    ids = SeededIds(7)
    drawn = [ids.new("pay") for _ in range(1_000)]
    assert drawn == sorted(set(drawn))
    assert all(is_id(each, "pay") for each in drawn)
    series = list(islice(ids.series("tra"), 100))
    assert series == sorted(set(series))
    assert {decode_base32(each.removeprefix("tra_")) % 2 for each in series} == {0}


def test_prefixes_do_not_share_their_random_part() -> None:
    ids = SeededIds(7)
    assert ids.new("pay").removeprefix("pay_") != ids.new("ref").removeprefix("ref_")


def test_a_later_start_goes_on_behind_the_earlier_ids() -> None:
    before = SeededIds(7)
    taken = [before.new("pay") for _ in range(100)]
    after = SeededIds(7, FIRST_INSTANT + 100)  # type: ignore[arg-type]  # an instant and milliseconds
    assert after.new("pay") > taken[-1]
