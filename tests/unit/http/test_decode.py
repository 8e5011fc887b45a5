"""Strict decoding: every field code, and agreement between the fast path and the full account."""

from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Meta, UnsetType

from tongbao_platform.api.v1.payments_wire import PaymentCreate
from tongbao_platform.api.v1.refunds import RefundCreate
from tongbao_platform.api.v1.values import END, TimestampInput
from tongbao_platform.api.v1.webhook_endpoints import WebhookEndpointUpdate
from tongbao_platform.http.decode import Decoder, refuse_body
from tongbao_platform.http.field_errors import MAX_ERRORS, field_errors
from tongbao_platform.http.strict_json import parse
from tongbao_platform.kernel.errors import Refusal


class Circle(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="circle"):
    radius: int


class Square(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", tag="square"):
    side: int


class Sample(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    number: Annotated[int, Meta(ge=1, le=9)] = 1
    text: Annotated[str, Meta(min_length=1, max_length=3)] = "a"
    code: Annotated[str, Meta(pattern="^[A-Z]{2}" + END)] = "AA"
    flag: bool = False
    choice: Literal["x", "y"] = "x"
    items: Annotated[list[int], Meta(min_length=1, max_length=2)] = msgspec.field(default_factory=lambda: [1])
    shape: Circle | Square = Circle(1)
    at: TimestampInput | UnsetType = UNSET
    maybe: str | None = None
    notes: Annotated[dict[Annotated[str, Meta(pattern="^[a-z]+" + END)], str], Meta(max_length=2)] = {}
    needed: str


DECODER = Decoder(Sample)


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ('"number": "3"', ("/number", "wrong_type")),
        ('"number": 3.0', ("/number", "wrong_type")),
        ('"number": 3e0', ("/number", "wrong_type")),
        ('"number": true', ("/number", "wrong_type")),
        ('"number": null', ("/number", "wrong_type")),
        ('"number": 0', ("/number", "too_small")),
        ('"number": 10', ("/number", "too_large")),
        ('"number": ' + "9" * 400, ("/number", "too_large")),
        ('"number": -' + "9" * 400, ("/number", "too_small")),
        ('"text": 1', ("/text", "wrong_type")),
        ('"text": ""', ("/text", "too_small")),
        ('"text": "abcd"', ("/text", "too_long")),
        ('"text": "\\u0000"', ("/text", "bad_format")),
        ('"text": "\\u007f"', ("/text", "bad_format")),
        ('"text": "\x7f"', ("/text", "bad_format")),
        ('"text": "\u0085"', ("/text", "bad_format")),
        ('"text": "\\ud800"', ("/text", "bad_format")),
        ('"text": "\\r"', ("/text", "bad_format")),
        ('"code": "aa"', ("/code", "bad_format")),
        ('"code": "AA\\n"', ("/code", "bad_format")),
        ('"flag": 1', ("/flag", "wrong_type")),
        ('"choice": 1', ("/choice", "wrong_type")),
        ('"choice": "z"', ("/choice", "not_allowed")),
        ('"items": {}', ("/items", "wrong_type")),
        ('"items": []', ("/items", "too_small")),
        ('"items": [1,2,3]', ("/items", "too_large")),
        ('"items": ["1"]', ("/items/0", "wrong_type")),
        ('"shape": []', ("/shape", "wrong_type")),
        ('"shape": {}', ("/shape/type", "required")),
        ('"shape": {"type": 1}', ("/shape/type", "wrong_type")),
        ('"shape": {"type": "line"}', ("/shape/type", "not_allowed")),
        ('"shape": {"type": "square"}', ("/shape/side", "required")),
        ('"shape": {"type": "square", "side": 1, "radius": 1}', ("/shape/radius", "unknown")),
        ('"at": 1', ("/at", "wrong_type")),
        ('"at": "2026-11-22T10:30:00"', ("/at", "bad_format")),
        ('"at": null', ("/at", "wrong_type")),
        ('"maybe": 1', ("/maybe", "wrong_type")),
        ('"notes": []', ("/notes", "wrong_type")),
        ('"notes": {"a": 1}', ("/notes/a", "wrong_type")),
        ('"notes": {"A": "x"}', ("/notes/A", "bad_format")),
        ('"notes": {"a": "1", "b": "2", "c": "3"}', ("/notes", "too_large")),
        ('"a/b~c": 1', ("/a~1b~0c", "unknown")),
        ('"\\ud800": 1', ("/\ufffd", "unknown")),
    ],
)
def test_every_wrong_member_is_named_with_its_code(members: str, expected: tuple[str, str]) -> None:
    refusal = DECODER.decode(('{"needed": "x", ' + members + "}").encode())
    assert isinstance(refusal, Refusal)
    assert [(error.pointer, error.code) for error in refusal.errors] == [expected]
    assert refusal.code == ("unknown_field" if expected[1] == "unknown" else "validation_failed")


def test_a_missing_member_is_named_itself() -> None:
    refusal = DECODER.decode(b"{}")
    assert isinstance(refusal, Refusal)
    assert [(error.pointer, error.code) for error in refusal.errors] == [("/needed", "required")]


def test_absent_null_and_empty_are_three_things() -> None:
    absent, null, empty = (
        DECODER.decode(b'{"needed":"x"%s}' % part) for part in (b"", b',"maybe":null', b',"maybe":""')
    )
    assert isinstance(absent, Sample)
    assert isinstance(null, Sample)
    assert isinstance(empty, Sample)
    assert (null.maybe, empty.maybe) == (None, "")


def test_tab_line_feed_and_escapes_are_text() -> None:
    decoded = DECODER.decode(b'{"needed":"a\\t\\n\\u4e2d\\ud83d\\ude00\\"\\\\"}')
    assert isinstance(decoded, Sample)
    assert decoded.needed == 'a\t\n中😀"\\'


def test_no_more_than_a_hundred_errors() -> None:
    body = msgspec.json.encode({f"k{number}": 1 for number in range(500)})
    refusal = DECODER.decode(body)
    assert isinstance(refusal, Refusal)
    assert len(refusal.errors) == MAX_ERRORS


@pytest.mark.parametrize("body", [b'{"needed":"x","needed":"x"}', b'{"needed":"x","notes":{"a":"1","a":"1"}}'])
def test_a_member_named_twice_is_unreadable_even_where_all_else_is_right(body: bytes) -> None:
    refusal = DECODER.decode(body)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "invalid_json"


def test_colons_and_braces_in_strings_are_no_members() -> None:
    assert isinstance(DECODER.decode(b'{"needed":"a:b,{c:[d:","text":":"}'), Sample)


SCALARS = st.none() | st.booleans() | st.integers(-3, 12) | st.text(max_size=5) | st.sampled_from(["AA", "x", "circle"])
MEMBERS = st.dictionaries(
    st.sampled_from([*(field.name for field in msgspec.structs.fields(Sample)), "other"]),
    SCALARS
    | st.lists(SCALARS, max_size=3)
    | st.dictionaries(st.sampled_from(["type", "radius", "side", "a"]), SCALARS, max_size=3),
)


@given(MEMBERS | SCALARS | st.lists(SCALARS, max_size=2))
def test_the_full_account_agrees_with_msgspec(value: Any) -> None:
    body = msgspec.json.encode(value)
    errors = field_errors(parse(body), Sample)
    try:
        msgspec.json.decode(body, type=Sample)
    except msgspec.ValidationError:
        assert errors
    else:
        assert all("ontrol" in error.detail for error in errors)


@given(st.binary(max_size=60))
def test_any_bytes_are_decoded_or_refused(body: bytes) -> None:
    for struct in (Sample, PaymentCreate, RefundCreate, WebhookEndpointUpdate):
        decoded = Decoder(struct).decode(body)
        assert isinstance(decoded, struct | Refusal)


def test_an_operation_without_a_body_takes_an_empty_object_at_most() -> None:
    assert refuse_body(b"") is None
    assert refuse_body(b" {} ") is None
    for body in (b"[]", b'{"a":1}', b"x", b" "):
        assert refuse_body(body) is not None
