"""The conventions of the API, asked of the wired server."""

import json
from typing import Any

import pytest

from tests.factories.servers import WiredServer
from tests.integration.server.signed import SIGNATURE, SignedCaller, account_payment, caller_of, code_of, h5_payment
from tongbao_platform.api.v1.operations import OPERATIONS


@pytest.fixture
async def shop(one_wired: WiredServer) -> SignedCaller:
    return await caller_of(one_wired, one_wired.parties.shop)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1",
        "/v1/",
        "/v1/payments/",
        "/v1//payments",
        "/V1/payments",
        "/v1/Payments",
        "/v1/%70ayments",
        "/v1/payments;a=1",
        "/v1/payments/pay_01k8wq3v5rf1msx7r3p9v2c4ta/refund",
        "/v2/payments",
        "/nothing",
        "/readyz/",
        "/oauth/token/",
        "/.well-known/openid-configuration",
        "/docs",
        "/schema",
    ],
)
async def test_there_is_one_spelling_of_each_path(one_wired: WiredServer, path: str) -> None:
    answer = await one_wired.http.get(one_wired.address.base_url + path)
    assert answer.status_code == 404
    assert "location" not in answer.headers
    assert answer.headers["request-id"].startswith("req_")


async def test_wrong_methods_are_told_the_right_ones_and_need_no_token(one_wired: WiredServer) -> None:
    allowed: dict[str, set[str]] = {}
    for operation in OPERATIONS:
        path = operation.path
        for name, parameter in operation.path_parameters.items():
            path = path.replace("{" + name + "}", parameter.example)
        allowed.setdefault(path, set()).add(operation.method)
    for path, methods in allowed.items():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "BREW"} - methods:
            answer = await one_wired.http.request(method, one_wired.address.base_url + path)
            assert answer.status_code == 405, (method, path)
            assert answer.headers["allow"] == ", ".join(sorted(methods))
            assert SIGNATURE not in answer.headers


@pytest.mark.parametrize("host", ["elsewhere.test", "127.0.0.1", "127.0.0.1:1", ""])
async def test_a_host_that_is_not_ours_is_misdirected(one_wired: WiredServer, host: str) -> None:
    answer = await one_wired.http.get(f"{one_wired.address.base_url}/v1/me", headers={"Host": host})
    assert code_of(answer) == (421, "misdirected_request")


async def test_the_host_is_compared_without_case(one_wired: WiredServer) -> None:
    answer = await one_wired.http.get(
        f"{one_wired.address.base_url}/openapi.json", headers={"Host": one_wired.host.upper()}
    )
    assert answer.status_code == 200


async def test_a_body_may_have_65536_octets_and_not_one_more(shop: SignedCaller) -> None:
    body = json.dumps(h5_payment("B-1")).encode()
    padded = body + b" " * (65_536 - len(body))
    assert code_of(await shop.call("POST", "/v1/payments", padded + b" ")) == (413, "body_too_large")
    assert (await shop.call("POST", "/v1/payments", padded)).status_code == 201


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Content-Encoding": "gzip"}, (415, "unsupported_media_type")),
        ({"Content-Encoding": "identity"}, (415, "unsupported_media_type")),
        ({"Content-Type": None}, (415, "unsupported_media_type")),
        ({"Content-Type": "text/plain"}, (415, "unsupported_media_type")),
        ({"Content-Type": "application/json; charset=gbk"}, (415, "unsupported_media_type")),
        ({"Content-Type": "application/merge-patch+json"}, (415, "unsupported_media_type")),
        ({"X-Padding": "x" * 16_384}, (431, "headers_too_large")),
        ({"Idempotency-Key": None}, (400, "idempotency_key_missing")),
        ({"Idempotency-Key": ""}, (400, "invalid_header")),
        ({"Idempotency-Key": "a b"}, (400, "invalid_header")),
        ({"Idempotency-Key": "x" * 256}, (400, "invalid_header")),
        ({"Api-Version": "2020-01-01"}, (400, "api_version_unknown")),
        ({"Api-Version": "latest"}, (400, "api_version_unknown")),
    ],
)
async def test_headers_are_judged(
    shop: SignedCaller, headers: dict[str, str | None], expected: tuple[int, str]
) -> None:
    assert code_of(await shop.call("POST", "/v1/payments", h5_payment("H-1"), headers=headers)) == expected


@pytest.mark.parametrize("key", ["x", "x" * 255, "!~/?", "f3b1c6de-0d5c-4a3a-9a35-2f2f0f9c1a11"])
async def test_good_idempotency_keys(shop: SignedCaller, key: str) -> None:
    assert (await shop.call("POST", "/v1/payments", h5_payment("K-1"), key=key)).status_code == 201


def nested(depth: int) -> bytes:
    """Return a body whose nesting has ``depth`` levels, the root being the first."""
    return b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", (400, "invalid_json")),
        (b" ", (400, "invalid_json")),
        (b"null", (422, "validation_failed")),
        (b'{"a":1,}', (400, "invalid_json")),
        (b"{'a':1}", (400, "invalid_json")),
        (b'{"a":NaN}', (400, "invalid_json")),
        (b'{"a":01}', (400, "invalid_json")),
        (b'{"a":1} {}', (400, "invalid_json")),
        (b'{"a":1,"a":1}', (400, "invalid_json")),
        (b'{"b":{"a":1,"\\u0061":1}}', (400, "invalid_json")),
        (b"\xef\xbb\xbf{}", (400, "invalid_json")),
        (b'{"a":"\xff"}', (400, "invalid_json")),
        (b'{"a":"\xed\xa0\x80"}', (400, "invalid_json")),
        (b'{"a":"\x01"}', (400, "invalid_json")),
        (b'{"a":"unfinished', (400, "invalid_json")),
        ("{}".encode("utf-16"), (400, "invalid_json")),
        (nested(33), (400, "invalid_json")),
        (nested(32), (422, "unknown_field")),
        (b"[]", (422, "validation_failed")),
        (b'"text"', (422, "validation_failed")),
        (b"{}", (422, "validation_failed")),
    ],
)
async def test_bodies_are_readable_or_refused(shop: SignedCaller, body: bytes, expected: tuple[int, str]) -> None:
    status, code = code_of(await shop.call("POST", "/v1/payments", body))
    if code == "validation_failed" and expected[1] == "unknown_field":
        code = "unknown_field"  # required members are missing besides
    assert (status, code) == expected


@pytest.mark.parametrize(
    ("member", "text", "code"),
    [
        ("/amount/value", "3.0", "wrong_type"),
        ("/amount/value", "3e2", "wrong_type"),
        ("/amount/value", '"3"', "wrong_type"),
        ("/amount/value", "true", "wrong_type"),
        ("/amount/value", "null", "wrong_type"),
        ("/amount/value", "0", "too_small"),
        ("/amount/value", "-1", "too_small"),
        ("/amount/value", str(2**53), "too_large"),
        ("/amount/value", "1" * 400, "too_large"),
        ("/amount/currency", '"cny"', "bad_format"),
        ("/description", "null", "wrong_type"),
        ("/description", "7", "wrong_type"),
        ("/description", '"a\\u0000b"', "bad_format"),
        ("/description", '"a\\u001bb"', "bad_format"),
        ("/description", '"a\\r\\nb"', "bad_format"),
        ("/description", '"a\\ud800b"', "bad_format"),
        ("/description", '"a\\udc00\\ud800b"', "bad_format"),
        ("/description", '"a\x7fb"', "bad_format"),
        ("/description", '"a\x85b"', "bad_format"),
        ("/merchant_order_no", '"no blanks"', "bad_format"),
        ("/merchant_order_no", '"line\\n"', "bad_format"),
        ("/merchant_order_no", json.dumps("x" * 65), "bad_format"),
        ("/merchant_order_no", '""', "bad_format"),
        ("/metadata", '{"key with blank":"v"}', "bad_format"),
        ("/metadata", '{"k":1}', "wrong_type"),
        ("/metadata", '{"k":null}', "wrong_type"),
        ("/metadata", json.dumps({"k": "x" * 501}), "too_long"),
        ("/metadata", json.dumps({f"k{n}": "" for n in range(51)}), "too_large"),
        ("/method/type", '"cash"', "not_allowed"),
        ("/expires_at", '"2026-11-22"', "bad_format"),
        ("/expires_at", '"2026-11-22T10:30:00"', "bad_format"),
        ("/expires_at", "1700000000", "wrong_type"),
        ("/scene", "[]", "wrong_type"),
    ],
)
async def test_what_a_member_may_hold(shop: SignedCaller, member: str, text: str, code: str) -> None:
    body: dict[str, Any] = h5_payment("M-1")
    *parents, last = member.split("/")[1:]
    holder = body
    for name in parents:
        holder = holder[name]
    holder[last] = "<here>"
    content = json.dumps(body).replace('"<here>"', text).encode()
    answer = await shop.call("POST", "/v1/payments", content)
    assert code_of(answer) == (422, "validation_failed")
    (error,) = answer.json()["errors"]
    assert error["pointer"].startswith(member)
    assert error["code"] in {code, "too_long"} if code == "bad_format" else error["code"] == code


async def test_tab_line_feed_emoji_and_escapes_are_text_like_any_other(shop: SignedCaller) -> None:
    body = json.dumps(h5_payment("T-1", description="a\tb\n\U0001f375茶")).encode()
    assert b"\\ud83c" in body, "the pair is escaped"
    answer = await shop.call("POST", "/v1/payments", body)
    assert answer.status_code == 201
    assert answer.json()["description"] == "a\tb\n\U0001f375茶"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limit=0", (400, "invalid_parameter")),
        ("limit=201", (400, "invalid_parameter")),
        ("limit=1.0", (400, "invalid_parameter")),
        ("limit=%2B1", (400, "invalid_parameter")),
        ("limit=1&limit=1", (400, "invalid_parameter")),
        ("status=paid", (400, "invalid_parameter")),
        ("cursor=", (400, "invalid_cursor")),
        ("cursor=nonsense", (400, "invalid_cursor")),
        ("a=%zz", (400, "invalid_parameter")),
        ("a=%ff", (400, "invalid_parameter")),
        ("expand=all", (422, "unknown_field")),
        ("Limit=1", (422, "unknown_field")),
    ],
)
async def test_queries_are_judged(shop: SignedCaller, query: str, expected: tuple[int, str]) -> None:
    assert code_of(await shop.call("GET", f"/v1/payments?{query}")) == expected


async def test_every_operation_refuses_parameters_it_does_not_know(shop: SignedCaller) -> None:
    for operation in OPERATIONS:
        path = operation.path
        for name, parameter in operation.path_parameters.items():
            path = path.replace("{" + name + "}", parameter.example)
        if operation.method == "GET":
            answer = await shop.call("GET", f"{path}?unheard_of=1")
            assert code_of(answer) == (422, "unknown_field"), operation.operation_id


async def test_a_replay_repeats_the_first_answer(wired: WiredServer) -> None:
    buyer = await caller_of(wired, wired.parties.buyer)
    body = account_payment(wired, "I-1")
    first = await buyer.call("POST", "/v1/payments", body, key="k-1")
    again = await buyer.call("POST", "/v1/payments", body, key="k-1")
    assert (again.status_code, again.content) == (first.status_code, first.content) == (201, first.content)
    for name in ("content-type", "location", "api-version"):
        assert again.headers[name] == first.headers[name]
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["request-id"] != first.headers["request-id"]
    assert again.headers[SIGNATURE] != first.headers[SIGNATURE]
    for target, other in (
        ("/v1/payments", account_payment(wired, "I-2")),
        ("/v1/payments", json.dumps(body).encode()),
        ("/v1/payments?", body),
    ):
        answer = await buyer.call("POST", target, other, key="k-1")
        if target.endswith("?"):
            # A bare question mark is no part of the target: the same request.
            assert answer.content == first.content
        else:
            assert code_of(answer) == (422, "idempotency_key_reused")
    # The key belongs to a client and an operation.
    elsewhere = await buyer.call("POST", f"/v1/payments/{first.json()['id']}/close", key="k-1")
    assert code_of(elsewhere) == (409, "payment_invalid_state")
    shop = await caller_of(wired, wired.parties.shop)
    assert (await shop.call("POST", "/v1/payments", h5_payment("I-1"), key="k-1")).status_code == 201


async def test_refusals_of_the_operation_are_kept_and_those_before_it_are_not(wired: WiredServer) -> None:
    shop = await caller_of(wired, wired.parties.shop)
    for body, expected in ((b"{", 400), (b"{}", 422)):
        assert (await shop.call("POST", "/v1/payments", body, key="k")).status_code == expected
    evil = h5_payment("E-1", method={"type": "h5", "return_url": "https://evil.example/"})
    first = await shop.call("POST", "/v1/payments", evil, key="k")
    assert code_of(first) == (422, "return_url_not_registered")
    again = await shop.call("POST", "/v1/payments", evil, key="k")
    assert again.headers["idempotent-replayed"] == "true"
    assert again.content == first.content, "with the request id of the first"
    unknown = wired.foundation.ids.new("pay")
    closed = [await shop.call("POST", f"/v1/payments/{unknown}/close", key="c") for _ in range(2)]
    assert [answer.status_code for answer in closed] == [404, 404]
    assert closed[1].headers["idempotent-replayed"] == "true"


async def test_secrets_are_replayed_too(wired: WiredServer) -> None:
    shop = await caller_of(wired, wired.parties.shop)
    endpoint = {"url": "http://127.0.0.1:8999/hooks", "event_types": ["*"]}
    answers = [await shop.call("POST", "/v1/webhook-endpoints", endpoint, key="w") for _ in range(2)]
    assert answers[0].json()["secret"].startswith("whsec_")
    assert answers[0].content == answers[1].content
    payments = [await shop.call("POST", "/v1/payments", h5_payment("S-1"), key="s") for _ in range(2)]
    assert payments[0].content == payments[1].content
    assert payments[0].json()["next_action"]["url"].startswith(wired.address.base_url)


async def test_cursors_are_bound_to_client_route_and_filters(wired: WiredServer) -> None:
    shop = await caller_of(wired, wired.parties.shop)
    buyer = await caller_of(wired, wired.parties.buyer)
    for number in range(3):
        await buyer.call("POST", "/v1/payments", account_payment(wired, f"C-{number}", metadata={"m": "1"}))
    page = (await shop.call("GET", "/v1/payments?limit=1")).json()
    cursor = page["next_cursor"]
    assert page["has_more"]
    assert (await shop.call("GET", f"/v1/payments?limit=2&cursor={cursor}")).status_code == 200
    for caller, target in (
        (buyer, f"/v1/payments?cursor={cursor}"),
        (shop, f"/v1/refunds?cursor={cursor}"),
        (shop, f"/v1/payments?cursor={cursor}&status=succeeded"),
        (shop, f"/v1/payments?cursor={cursor}&metadata.m=1"),
        (shop, f"/v1/payments?cursor={cursor}A"),
        (shop, f"/v1/payments?cursor={cursor[1:]}"),
    ):
        assert code_of(await caller.call("GET", target)) == (400, "invalid_cursor"), target


async def test_the_token_of_one_scope_opens_nothing_else(one_wired: WiredServer) -> None:
    client = one_wired.client(one_wired.parties.shop, scope="payments:read")
    caller = SignedCaller(one_wired, one_wired.parties.shop, await client.access_token())
    for operation in OPERATIONS:
        path = operation.path
        for name, parameter in operation.path_parameters.items():
            path = path.replace("{" + name + "}", parameter.example)
        answer = await caller.call(operation.method, path, b"{}" if operation.body else None)
        if operation.scope in (None, "payments:read"):
            assert answer.status_code in (200, 404), operation.operation_id
        else:
            assert code_of(answer) == (403, "insufficient_scope"), operation.operation_id
            assert f'scope="{operation.scope}"' in answer.headers["www-authenticate"]
