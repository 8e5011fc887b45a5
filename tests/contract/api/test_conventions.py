"""What holds for every operation: routes, headers, sizes, tokens, signatures, strictness."""

from typing import Any

import httpx
import pytest

from tests.contract.api.test_payments import account, h5
from tests.contract.api.world import BASE_URL, UNSIGNED, World, running_world
from tongbao_platform.api.v1.operations import OPERATIONS
from tongbao_platform.http.problems import CODES
from tongbao_platform.http.rate_limit import MemoryLimiter
from tongbao_platform.identity.clients import disable
from tongbao_platform.identity.keys import revoke
from tongbao_platform.kernel.clock import HOUR_MS


def code_of(answer: httpx.Response) -> tuple[int, str]:
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == answer.status_code == CODES[problem["code"]].status
    assert problem["type"] == f"https://developers.tongbao.test/errors/{problem['code']}/"
    assert problem["request_id"].startswith("req_")
    return answer.status_code, problem["code"]


@pytest.mark.parametrize(
    "path",
    [
        "/v1",
        "/v1/",
        "/v1/payments/",
        "/v1//payments",
        "/V1/payments",
        "/v1/Payments",
        "/v1/%70ayments",
        "/v1/payments/%70ay_01k8wq3v5rf1msx7r3p9v2c4ta",
        "/v1/payments/x/y/z",
        "/v1/nothing",
        "/nothing",
        "/v1/payments;a=1",
    ],
)
async def test_another_spelling_is_nowhere_and_needs_no_token(one_world: World, path: str) -> None:
    answer = await one_world.http.get(BASE_URL + path, headers={"Host": "api.tongbao.test"})
    assert code_of(answer) == (404, "not_found")
    assert "jws-signature" not in answer.headers


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"])
async def test_wrong_methods_are_told_the_right_ones(one_world: World, method: str) -> None:
    answer = await one_world.http.request(method, f"{BASE_URL}/v1/payments", headers={"Host": "api.tongbao.test"})
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, POST"


async def test_every_operation_wants_a_token(one_world: World) -> None:
    for operation in OPERATIONS:
        path = operation.path
        for name, parameter in operation.path_parameters.items():
            path = path.replace("{" + name + "}", parameter.example)
        content = b"{}" if operation.body else b""
        headers = {"Content-Type": "application/json"} if operation.body else {}
        answer = await one_world.http.request(operation.method, BASE_URL + path, content=content, headers=headers)
        assert code_of(answer) == (401, "token_missing")
        assert answer.headers["www-authenticate"] == "Bearer"
        assert "jws-signature" not in answer.headers


async def test_every_answer_has_a_request_id_and_a_verified_one_its_version_and_signature(one_world: World) -> None:
    answer = await one_world.call("GET", "/v1/payments/pay_01k8wq3v5rf1msx7r3p9v2c4ta")
    assert code_of(answer) == (404, "not_found")
    assert answer.headers["request-id"] == answer.json()["request_id"]
    assert answer.headers["api-version"] == "2026-11-22"
    assert "jws-signature" in answer.headers


async def test_ids_of_another_spelling_are_not_found_behind_authentication(one_world: World) -> None:
    assert code_of(await one_world.call("GET", "/v1/payments/nonsense")) == (404, "not_found")


async def test_hosts_that_are_not_ours_are_misdirected(one_world: World) -> None:
    answer = await one_world.http.get(f"{BASE_URL}/v1/payments", headers={"Host": "other.test"})
    assert code_of(answer) == (421, "misdirected_request")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Content-Encoding": "gzip"}, (415, "unsupported_media_type")),
        ({"Content-Type": "text/plain"}, (415, "unsupported_media_type")),
        ({"Content-Type": "application/json; charset=latin-1"}, (415, "unsupported_media_type")),
        ({"Content-Type": None}, (415, "unsupported_media_type")),
        ({"X-Padding": "x" * 16_384}, (431, "headers_too_large")),
        ({"Idempotency-Key": None}, (400, "idempotency_key_missing")),
        ({"Idempotency-Key": "a b"}, (400, "invalid_header")),
        ({"Idempotency-Key": "x" * 256}, (400, "invalid_header")),
        ({"Api-Version": "2020-01-01"}, (400, "api_version_unknown")),
        ({"On-Behalf-Of": "mch_01k8wq3v5rf1msx7r3p9v2c4ta"}, (403, "on_behalf_of_not_allowed")),
    ],
)
async def test_headers_are_judged(one_world: World, headers: dict[str, str], expected: tuple[int, str]) -> None:
    assert code_of(await one_world.call("POST", "/v1/payments", h5(), headers=headers)) == expected


async def test_a_body_is_65536_bytes_at_most(one_world: World) -> None:
    assert code_of(await one_world.call("POST", "/v1/payments", b" " * 65_537)) == (413, "body_too_large")
    assert code_of(await one_world.call("POST", "/v1/payments", b" " * 65_536)) == (400, "invalid_json")


async def test_acting_for_ones_own_merchant_is_allowed(one_world: World) -> None:
    headers = {"On-Behalf-Of": one_world.shop.merchant_id}
    assert (await one_world.call("POST", "/v1/payments", h5(), headers=headers)).status_code == 201


async def test_tokens_end(one_world: World) -> None:
    assert code_of(await one_world.call("GET", "/v1/me", token="tbat_" + "x" * 43)) == (401, "token_invalid")
    shop = one_world.shop
    await one_world.done(disable, disable.DisableClient(client_id=shop.client.id))
    assert code_of(await one_world.call("GET", "/v1/me")) == (401, "client_disabled")
    one_world.clock.advance(2 * HOUR_MS)
    assert code_of(await one_world.call("GET", "/v1/me", by=one_world.buyer)) == (401, "token_expired")


async def test_a_revoked_key_ends_its_tokens_at_once(one_world: World) -> None:
    me = (await one_world.call("GET", "/v1/me")).json()
    assert len(me["keys"]) == 1
    registered = await one_world.registered_key_id(one_world.shop)
    await one_world.done(revoke, revoke.RevokeKey(key_id=registered))
    assert (await one_world.call("GET", "/v1/me")).status_code == 401


async def test_an_unsigned_a_foreign_and_an_altered_request_are_refused(one_world: World) -> None:
    world = one_world
    missing = await world.call("POST", "/v1/payments", h5(), sign=UNSIGNED)
    assert code_of(missing) == (401, "signature_missing")
    assert (missing.json()["check"], missing.json()["server_time"]) == ("header", "2026-11-18T11:06:40.000Z")
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    stolen = world.sign(world.buyer, "POST", "/v1/payments", headers, b"{}")
    assert code_of(await world.call("POST", "/v1/payments", b"{}", key="k", sign=stolen))[1] == "signature_key_unknown"
    good = world.sign(world.shop, "POST", "/v1/payments", headers, b"{}")
    altered = await world.call("POST", "/v1/payments", b"{ }", key="k", sign=good)
    assert code_of(altered) == (401, "signature_invalid")
    assert altered.json()["payload"]
    assert "jws-signature" not in altered.headers
    uncovered = world.sign(world.shop, "POST", "/v1/payments", {"Content-Type": "application/json"}, b"{}")
    assert code_of(await world.call("POST", "/v1/payments", b"{}", sign=uncovered))[1] == "signature_malformed"


async def test_the_same_signature_twice_is_a_replay(one_world: World) -> None:
    world = one_world
    body = b'{"merchant_order_no":"Z","amount":{"value":1,"currency":"CNY"},"method":{"type":"h5","return_url":"https://shop.example/"}}'
    headers = {"Idempotency-Key": "k", "Content-Type": "application/json"}
    signature = world.sign(world.shop, "POST", "/v1/payments", headers, body)
    assert (await world.call("POST", "/v1/payments", body, key="k", sign=signature)).status_code == 201
    again = await world.call("POST", "/v1/payments", body, key="k", sign=signature)
    assert code_of(again) == (401, "signature_replayed")
    assert again.json()["check"] == "replay"


async def test_scopes_are_needed(one_world: World) -> None:
    world = one_world
    poor = await world.with_scopes(world.shop, ("payments:read",))
    refused = await world.call("POST", "/v1/payments", h5(), by=poor)
    assert code_of(refused) == (403, "insufficient_scope")
    assert refused.headers["www-authenticate"] == 'Bearer error="insufficient_scope", scope="payments:write"'
    assert "jws-signature" in refused.headers
    assert (await world.call("GET", "/v1/payments", by=poor)).status_code == 200


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", (400, "invalid_json")),
        (b"{", (400, "invalid_json")),
        (b'{"a":1,"a":2}', (400, "invalid_json")),
        (b"\xef\xbb\xbf{}", (400, "invalid_json")),
        (b'{"a":"\xff"}', (400, "invalid_json")),
        (b"[" * 33 + b"]" * 33, (400, "invalid_json")),
        (b"[]", (422, "validation_failed")),
        (b"{}", (422, "validation_failed")),
    ],
)
async def test_bodies_are_readable_or_refused(one_world: World, body: bytes, expected: tuple[int, str]) -> None:
    assert code_of(await one_world.call("POST", "/v1/payments", body)) == expected


async def test_all_field_errors_come_at_once(one_world: World) -> None:
    body: dict[str, Any] = {
        "merchant_order_no": "no blanks",
        "amount": {"value": 0, "currency": "cny", "extra": 1},
        "method": {"type": "cash"},
        "expires_at": "tomorrow",
        "descripton": "x",
        "metadata": {"a": None, "b c": "d"},
        "scene": None,
    }
    answer = await one_world.call("POST", "/v1/payments", body)
    assert code_of(answer) == (422, "validation_failed")
    assert sorted((error["pointer"], error["code"]) for error in answer.json()["errors"]) == [
        ("/amount/currency", "bad_format"),
        ("/amount/extra", "unknown"),
        ("/amount/value", "too_small"),
        ("/descripton", "unknown"),
        ("/expires_at", "bad_format"),
        ("/merchant_order_no", "bad_format"),
        ("/metadata/a", "wrong_type"),
        ("/metadata/b c", "bad_format"),
        ("/method/type", "not_allowed"),
        ("/scene", "wrong_type"),
    ]
    assert "Did you mean description?" in answer.text


async def test_unknown_members_alone_have_their_own_code(one_world: World) -> None:
    assert code_of(await one_world.call("POST", "/v1/payments", h5(extra=1))) == (422, "unknown_field")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("limit=0", (400, "invalid_parameter")),
        ("limit=201", (400, "invalid_parameter")),
        ("limit=1.0", (400, "invalid_parameter")),
        ("limit=", (400, "invalid_parameter")),
        ("limit=1&limit=1", (400, "invalid_parameter")),
        ("status=nothing", (400, "invalid_parameter")),
        ("created_from=yesterday", (400, "invalid_parameter")),
        ("metadata.=1", (400, "invalid_parameter")),
        ("a=%zz", (400, "invalid_parameter")),
        ("metadata.a=%00", (400, "invalid_parameter")),
        ("merchant_order_no=a%0A", (400, "invalid_parameter")),
        ("lmit=1", (422, "unknown_field")),
    ],
)
async def test_query_parameters_are_judged(one_world: World, query: str, expected: tuple[int, str]) -> None:
    answer = await one_world.call("GET", f"/v1/payments?{query}")
    assert code_of(answer) == expected
    assert all(error["pointer"].startswith("query:") for error in answer.json()["errors"])


async def test_numbers_that_no_database_holds_are_refused(world: World) -> None:
    endpoint = "endpoint_id=whe_01k8wq3v5rf1msx7r3p9v2c4ta"
    for query in (f"{endpoint}&after_seq=9223372036854775808", f"{endpoint}&after_seq=9007199254740992"):
        assert code_of(await world.call("GET", f"/v1/events?{query}")) == (400, "invalid_parameter")
    for moment in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        assert (await world.call("GET", f"/v1/payments?created_from={moment}")).status_code == 200


async def test_the_document_is_served_without_a_token(one_world: World) -> None:
    answer = await one_world.http.get(f"{BASE_URL}/openapi.json", headers={"Host": "api.tongbao.test"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["servers"] == [{"url": BASE_URL}]
    wrong = await one_world.http.post(f"{BASE_URL}/openapi.json", headers={"Host": "api.tongbao.test"})
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET")


async def test_operations_without_parameters_or_body_take_none(one_world: World) -> None:
    payment = (await one_world.call("POST", "/v1/payments", h5())).json()
    target = f"/v1/payments/{payment['id']}"
    assert code_of(await one_world.call("GET", f"{target}?expand=all")) == (422, "unknown_field")
    assert code_of(await one_world.call("POST", f"{target}/close", {"a": 1})) == (422, "unknown_field")
    assert (await one_world.call("POST", f"{target}/close", {})).status_code == 200


async def test_refusals_before_the_operation_do_not_spend_the_key(one_world: World) -> None:
    assert (await one_world.call("POST", "/v1/payments", b"{}", key="k")).status_code == 422
    assert (await one_world.call("POST", "/v1/payments", h5(), key="k")).status_code == 201


async def test_a_stored_refusal_is_replayed(one_world: World) -> None:
    body = h5(method={"type": "h5", "return_url": "https://evil.example/"})
    first = await one_world.call("POST", "/v1/payments", body, key="k")
    assert code_of(first) == (422, "return_url_not_registered")
    again = await one_world.call("POST", "/v1/payments", body, key="k")
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"


async def test_limits_are_told_and_kept(sqlite_url: str) -> None:
    stands_still = MemoryLimiter(monotonic_ns=lambda: 10**12)
    async with running_world(sqlite_url, stands_still, read_quota=3) as world:
        for left in (2, 1, 0):
            answer = await world.call("GET", "/v1/me")
            assert answer.headers["ratelimit-policy"] == '"read";q=3;w=60'
            assert answer.headers["ratelimit"].startswith(f'"read";r={left};')
        refused = await world.call("GET", "/v1/me")
        assert code_of(refused) == (429, "rate_limited")
        assert refused.headers["retry-after"] == "20"
        assert "jws-signature" not in refused.headers
        assert (await world.call("GET", "/v1/me", by=world.buyer)).status_code == 200


async def test_a_fault_tells_nothing(one_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise ValueError("secret detail")

    monkeypatch.setattr(one_world.running.committer, "run", broken)
    answer = await one_world.call("POST", "/v1/payments", h5())
    assert code_of(answer) == (500, "internal_error")
    assert "secret" not in answer.text
    assert "jws-signature" not in answer.headers


async def test_the_log_knows_the_operation_and_no_secret(one_world: World) -> None:
    payment = (await one_world.call("POST", "/v1/payments", h5())).json()
    token = payment["next_action"]["url"].rpartition("/")[2]
    await one_world.http.get(f"{BASE_URL}/checkout/{token}", headers={"Host": "api.tongbao.test"})
    record = one_world.log[-2]
    assert (record.operation_id, record.status) == ("payments.create", 201)
    text = repr(one_world.log)
    assert token not in text
    assert one_world.shop.token not in text
    assert "A-1" not in text


async def test_an_account_payment_to_oneself_is_not_allowed(one_world: World) -> None:
    body = account(one_world)
    del body["method"]["payee_account_id"]
    answer = await one_world.call("POST", "/v1/payments", body, by=one_world.buyer)
    assert code_of(answer) == (422, "validation_failed")
    assert answer.json()["errors"][0]["code"] == "not_allowed"
