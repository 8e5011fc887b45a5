"""The strict JWS parser: one spelling of everything, and what general JOSE libraries let pass is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongbao_platform.identity.jose import base64url
from tongbao_platform.identity.jose.jws import (
    MAX_DETACHED_BYTES,
    MalformedJws,
    RepeatedHeaderMember,
    parse_compact,
    parse_detached,
)
from tongbao_platform.identity.jose.keys import generate_signing_key
from tongbao_platform.identity.jose.signature import sign_compact, verify
from tongbao_platform.identity.jose.strict_json import DuplicateMember, JsonRefused, parse_object

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@given(st.binary(min_size=1, max_size=200))
def test_base64url_round_trips(data: bytes) -> None:
    assert base64url.decode(base64url.encode(data)) == data


@given(st.text(alphabet=ALPHABET + "=+/ \n", min_size=1, max_size=12))
def test_base64url_has_one_spelling_for_each_value(text: str) -> None:
    try:
        data = base64url.decode(text)
    except ValueError:
        return
    assert base64url.encode(data) == text


@pytest.mark.parametrize(
    "text", ["", "A", "AA=", "AA==", "AAA=", "A A", "AA\n", "+A", "A/", "AB", "AAB", "AÀ", "Ａ" * 4]
)
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="base64url"):
        base64url.decode(text)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b'"x"',
        b"null",
        b"{} {}",
        b'{"a":1,}',
        b"\xef\xbb\xbf{}",
        b'{"a":"\xff"}',
        b'{"a":"\\ud800"}',
        b'{"\\udfff":1}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"a":' + b"9" * 5000 + b"}",
        b"{'a':1}",
        '{"a":1}'.encode("utf-16"),
    ],
)
def test_what_is_not_one_json_object_is_refused(raw: bytes) -> None:
    with pytest.raises(JsonRefused):
        parse_object(raw)


@pytest.mark.parametrize(
    "raw", [b'{"a":1,"a":1}', b'{"a":1,"b":2,"\\u0061":3}', b'{"x":{"a":1,"a":2}}', b'{"x":[{"a":1,"a":2}]}']
)
def test_repeated_members_are_refused_at_any_depth(raw: bytes) -> None:
    with pytest.raises(DuplicateMember):
        parse_object(raw)


def test_escapes_that_make_whole_characters_are_read() -> None:
    assert parse_object(b'{"\\u0061":"\\ud83d\\ude00"}') == {"a": "\U0001f600"}


def compact(header: str = '{"alg":"ES256"}', payload: bytes = b"{}", signature: bytes = bytes(64)) -> str:
    return ".".join((base64url.encode(header.encode()), base64url.encode(payload), base64url.encode(signature)))


def test_the_parts_of_a_compact_jws() -> None:
    jws = parse_compact(compact(payload=b"hello"))

    assert jws.header == {"alg": "ES256"}
    assert (jws.payload, jws.signature) == (b"hello", bytes(64))
    assert jws.signing_input == compact(payload=b"hello").rpartition(".")[0].encode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "...",
        compact() + ".",
        "." + compact(),
        compact().replace(".", "..", 1),
        compact().partition(".")[2],
        compact() + "=",
        compact() + "\n",
        " " + compact(),
        compact().replace(".", " ."),
        compact(header="[]"),
        compact(header='{"alg":"ES256"} x'),
        compact(header="\ufeff{}"),
    ],
)
def test_malformed_compact_jws_are_refused(text: str) -> None:
    with pytest.raises(MalformedJws):
        parse_compact(text)


def test_repeated_header_members_are_told_apart() -> None:
    with pytest.raises(RepeatedHeaderMember):
        parse_compact(compact(header='{"alg":"none","alg":"ES256"}'))


def test_a_detached_jws_has_no_payload_inside() -> None:
    protected, payload, signature = compact().split(".")

    assert parse_detached(f"{protected}..{signature}").protected == protected
    with pytest.raises(MalformedJws):
        parse_detached(f"{protected}.{payload}.{signature}")
    with pytest.raises(MalformedJws):
        parse_compact(f"{protected}..{signature}")


def test_size_is_checked_before_anything_is_decoded() -> None:
    header = json.dumps({"alg": "ES256", "x": "x" * 6000})
    protected, _, signature = compact(header=header).split(".")
    longest = f"{protected}..{signature}"

    assert parse_detached(longest, max_bytes=len(longest)).header["alg"] == "ES256"
    with pytest.raises(MalformedJws, match="longer than"):
        parse_detached(longest, max_bytes=len(longest) - 1)
    with pytest.raises(MalformedJws, match="longer than"):
        parse_detached("." * (MAX_DETACHED_BYTES + 1))


ES256 = generate_signing_key("ES256")
ZERO = b"\0"
GOOD = sign_compact(ES256, b'{"alg":"ES256"}', b'{"a":1}')


def accepts(text: str) -> bool:
    try:
        jws = parse_compact(text)
    except MalformedJws:
        return False
    return verify(ES256.public, jws.signature, jws.signing_input)


def test_the_unaltered_one_is_accepted() -> None:
    assert accepts(GOOD)


def _spare_bit(segment: str) -> str:
    return segment[:-1] + ALPHABET[ALPHABET.index(segment[-1]) + 1]


def test_what_lenient_libraries_accept_is_refused() -> None:
    """The six wrong acceptances measured in a JOSE library: over-long ES256 signatures, and loose base64url."""
    protected, payload, signature = GOOD.split(".")
    octets = base64url.decode(signature)
    r, s = octets[:32], octets[32:]
    cases = (
        f"{protected}.{payload}.{base64url.encode(r + ZERO + s)}",
        f"{protected}.{payload}.{base64url.encode(ZERO + r + ZERO + s)}",
        f"{protected}.{payload}.{base64url.encode(octets + ZERO)}",
        f"{protected}.{payload}.{signature[:10]} {signature[10:]}",
        f"{protected}.{payload}.{signature[:10]}\n{signature[10:]}",
        f"{protected}.{payload}.{signature}==",
        f"{protected}=.{payload}.{signature}",
        f"{protected}.{payload}==.{signature}",
        f"{protected}.{payload}.{_spare_bit(signature)}",
        f"{protected}.{_spare_bit(payload)}.{signature}",
    )
    assert [text for text in cases if accepts(text)] == []


@given(st.data())
def test_no_other_character_anywhere_is_accepted(data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(GOOD) - 1))
    other = data.draw(st.sampled_from(ALPHABET + "=+/. \n\0é").filter(lambda character: character != GOOD[position]))

    assert not accepts(GOOD[:position] + other + GOOD[position + 1 :])
    assert not accepts(GOOD[:position] + other + GOOD[position:])
    assert not accepts(GOOD[:position] + GOOD[position + 1 :])
