"""Cursors: what was made is read, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao_platform.http.cursors import Cursors, InvalidCursor

CURSORS = Cursors(b"k" * 32)
BINDING = ("app_1", "mch_1", "/v1/payments", {"status": "succeeded"})
POSITIONS = st.lists(st.integers(-(2**53), 2**53) | st.text(max_size=20), max_size=3).map(tuple)


@given(POSITIONS)
def test_what_was_made_is_read(position: tuple[int | str, ...]) -> None:
    assert CURSORS.read(CURSORS.make(position, BINDING), BINDING) == position


@given(st.text(max_size=80))
def test_what_was_not_made_here_is_invalid(text: str) -> None:
    with pytest.raises(InvalidCursor):
        CURSORS.read(text, BINDING)


@given(st.integers(0, 200), st.integers(1, 255))
def test_an_altered_byte_is_seen(place: int, change: int) -> None:
    cursor = bytearray(CURSORS.make((1_795_000_000_000, "pay_x"), BINDING).encode())
    at = place % len(cursor)
    cursor[at] = (cursor[at] ^ change) % 128
    altered = cursor.decode()
    if altered != CURSORS.make((1_795_000_000_000, "pay_x"), BINDING):
        with pytest.raises(InvalidCursor):
            CURSORS.read(altered, BINDING)


@pytest.mark.parametrize(
    "other",
    [
        ("app_2", *BINDING[1:]),
        (BINDING[0], "mch_2", *BINDING[2:]),
        (*BINDING[:2], "/v1/refunds", BINDING[3]),
        (*BINDING[:3], {"status": "failed"}),
        BINDING[:3],
    ],
)
def test_a_cursor_is_good_for_its_own_list_only(other: tuple[object, ...]) -> None:
    with pytest.raises(InvalidCursor):
        CURSORS.read(CURSORS.make((1, "a"), BINDING), other)


def test_another_key_makes_another_cursor() -> None:
    with pytest.raises(InvalidCursor):
        Cursors(b"x" * 32).read(CURSORS.make((1,), BINDING), BINDING)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Cursors(b"short")
