"""Strict JSON: what is readable, and agreement with the standard library on everything that is."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao_platform.http.strict_json import MAX_DEPTH, Fraction, InvalidJson, parse

TEXTS = st.text(st.characters(codec="utf-8"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.booleans())
def test_every_json_text_is_read_as_the_standard_library_reads_it(value: Any, ascii_only: bool) -> None:
    assert parse(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused_and_nothing_else(body: bytes) -> None:
    try:
        parse(body)
    except InvalidJson:
        return
    json.loads(body.decode("utf-8"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"\xef\xbb\xbf{}",
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b"{,}",
        b"[1,]",
        b"{} {}",
        b"NaN",
        b"[Infinity]",
        b"01",
        b'"\x01"',
        b"'a'",
        b'{"a":1,"a":1}',
        b'{"x":{"a":1,"b":2,"a":3}}',
        b'{"a":1,"\\u0061":2}',
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b"[" * 60_000,
    ],
)
def test_unreadable_texts_are_refused(body: bytes) -> None:
    with pytest.raises(InvalidJson):
        parse(body)


def test_the_root_is_depth_one_and_brackets_in_strings_do_not_count() -> None:
    parse(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    parse(json.dumps(["[" * 100, '\\"' + "{" * 100]).encode())


def test_numbers_with_a_fraction_are_kept_apart() -> None:
    value = parse(b"[1, 1.0, 1e2, " + b"9" * 5_000 + b"]")
    assert value[0] == 1
    assert [type(item) for item in value[1:]] == [Fraction, Fraction, Fraction]
