"""What goes out: signature, token, headers, target."""

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx
import pytest
from jwcrypto import jwt

import tongbao
from tests.unit.sdk.conftest import Caller
from tests.unit.sdk.fake_platform import (
    BASE_URL,
    CLIENT_ID,
    CLIENT_KEY,
    CREATE,
    NOW,
    Answer,
    FakePlatform,
    TestClock,
    b64url,
    new_key,
    problem,
    verify_request,
)


def test_a_request_carries_token_and_signature(caller: Caller, platform: FakePlatform) -> None:
    payment = caller.create(idempotency_key="key-1")
    assert payment.id == "pay_1"
    (request,) = platform.requests
    assert request.headers["authorization"] == "Bearer access-1"
    protected = verify_request(request, CLIENT_KEY)
    assert set(protected) == {"alg", "kid", "typ", "iat", "jti", "iss", "aud", "ath", "hdrs"}
    assert protected["typ"] == "payreq+jws"
    assert (protected["iss"], protected["aud"], protected["iat"]) == (CLIENT_ID, BASE_URL, int(NOW))
    assert protected["ath"] == b64url(hashlib.sha256(b"access-1").digest())
    assert protected["hdrs"] == "Idempotency-Key,Content-Type"
    assert len(protected["jti"]) >= 22
    assert json.loads(request.content) == CREATE


def test_everything_that_changes_the_meaning_is_covered(caller: Caller, platform: FakePlatform) -> None:
    caller.create(on_behalf_of="mch_1", api_version="2026-11-22", extra_headers={"X-Trace": "1"})
    protected = verify_request(platform.requests[0], CLIENT_KEY)
    assert protected["hdrs"] == "Idempotency-Key,Content-Type,On-Behalf-Of,Api-Version"
    assert platform.requests[0].headers["x-trace"] == "1"


@pytest.mark.parametrize("algorithm", ["ES256", "PS256", "Ed25519"])
def test_every_algorithm_signs(caller: Caller, platform: FakePlatform, algorithm: str) -> None:
    key = new_key("k", algorithm)
    client = caller.make(private_key=json.loads(key.export_private()))
    caller.call("payments.get", "pay_1", client=client)
    protected = verify_request(platform.requests[0], key)
    assert (protected["alg"], protected["kid"], protected["hdrs"]) == (algorithm, "k", "")


def test_the_target_is_signed_as_it_is_sent(caller: Caller, platform: FakePlatform) -> None:
    platform.answers = [Answer(body={"data": [], "has_more": False, "next_cursor": None})]
    caller.collect(
        lambda: caller.client.payments.list(
            limit=5,
            status="succeeded",
            created_from=datetime(2026, 11, 22, 8, tzinfo=timezone(timedelta(hours=8))),
            metadata={"cart": "a b&c=é"},
        )
    )
    (request,) = platform.requests
    verify_request(request, CLIENT_KEY)
    assert request.url.raw_path == (
        b"/v1/payments?limit=5&status=succeeded&created_from=2026-11-22T00%3A00%3A00.000Z"
        b"&metadata.cart=a%20b%26c%3D%C3%A9"
    )


def test_a_path_value_cannot_leave_its_place(caller: Caller, platform: FakePlatform) -> None:
    caller.call("payments.get", "a/b?c#d %")
    assert platform.requests[0].url.raw_path == b"/v1/payments/a%2Fb%3Fc%23d%20%25"
    for value in ("", ".", ".."):
        with pytest.raises(ValueError, match="must not be"):
            caller.call("payments.get", value)


def test_the_token_is_asked_for_with_a_signed_assertion(caller: Caller, platform: FakePlatform) -> None:
    client = caller.make(scope="payments:read")
    caller.call("payments.get", "pay_1", client=client)
    (form,) = platform.token_requests
    assert (form["grant_type"], form["scope"]) == ("client_credentials", "payments:read")
    token = jwt.JWT(jwt=form["client_assertion"], key=CLIENT_KEY, algs=["ES256"], check_claims={"exp": NOW})
    claims = json.loads(token.claims)
    assert (claims["iss"], claims["sub"], claims["aud"]) == (CLIENT_ID, CLIENT_ID, BASE_URL)
    assert claims["exp"] - claims["iat"] == 60
    assert claims["jti"]


def test_the_token_is_kept_and_renewed_before_it_ends(caller: Caller, platform: FakePlatform, clock: TestClock) -> None:
    caller.call("payments.get", "pay_1")
    clock.time += 500
    caller.call("payments.get", "pay_1")
    assert len(platform.token_requests) == 1
    clock.time += 50
    caller.call("payments.get", "pay_1")
    assert [request.headers["authorization"][-1] for request in platform.requests] == ["1", "1", "2"]


def test_a_failed_renewal_does_not_stop_a_valid_token(caller: Caller, platform: FakePlatform, clock: TestClock) -> None:
    caller.call("payments.get", "pay_1")
    clock.time += 550
    platform.token_answers = [httpx.Response(503)] * 3
    caller.call("payments.get", "pay_1")
    assert platform.requests[-1].headers["authorization"] == "Bearer access-1"
    clock.time += 100
    platform.token_answers = [httpx.Response(400, json={"error": "invalid_client", "error_description": "no"})]
    with pytest.raises(tongbao.TokenError, match="400 invalid_client: no"):
        caller.call("payments.get", "pay_1")


def test_a_refused_token_is_replaced_once(caller: Caller, platform: FakePlatform) -> None:
    platform.answers = [problem(401, "token_expired"), Answer()]
    caller.create(idempotency_key="k")
    assert [request.headers["authorization"] for request in platform.requests] == ["Bearer access-1", "Bearer access-2"]
    platform.answers = [problem(401, "token_invalid"), problem(401, "token_invalid")]
    with pytest.raises(tongbao.errors.TokenInvalidError):
        caller.create()


@pytest.mark.parametrize(
    ("option", "error"),
    [
        ({"idempotency_key": "with blank"}, ValueError),
        ({"idempotency_key": ""}, ValueError),
        ({"extra_headers": {"Authorization": "x"}}, ValueError),
        ({"extra_headers": {"X-A": "a\r\nB: c"}}, ValueError),
        ({"on_behalf_of": "é"}, ValueError),
        ({"max_retries": -1}, ValueError),
        ({"surprise": 1}, TypeError),
        ({"expires_at": datetime(2026, 1, 1)}, ValueError),  # noqa: DTZ001 - naive on purpose
        ({"amount": {"value": 19.99, "currency": "CNY"}}, TypeError),
    ],
)
def test_what_cannot_be_sent_is_refused_before_sending(
    caller: Caller, platform: FakePlatform, option: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        caller.create(**option)
    assert platform.requests == []


def test_bodies_are_made_from_models_and_dictionaries(caller: Caller, platform: FakePlatform) -> None:
    caller.create(
        amount=tongbao.models.Amount(value=1, currency="CNY"),
        method=tongbao.models.AccountMethodInput(source_account_id="acc_1"),
        expires_at=datetime(2026, 11, 22, 10, 30, 0, 123456, tzinfo=UTC),
        capture_method=tongbao.models.CaptureMethod.AUTOMATIC,
    )
    assert json.loads(platform.requests[0].content) == {
        "merchant_order_no": "A-1",
        "amount": {"value": 1, "currency": "CNY"},
        "method": {"type": "account", "source_account_id": "acc_1"},
        "capture_method": "automatic",
        "expires_at": "2026-11-22T10:30:00.123Z",
    }


def test_with_options_sets_defaults_and_shares_the_token(caller: Caller, platform: FakePlatform) -> None:
    acting = caller.client.with_options(on_behalf_of="mch_9")
    caller.call("payments.get", "pay_1")
    caller.call("payments.get", "pay_1", client=acting)
    assert [request.headers.get("on-behalf-of") for request in platform.requests] == [None, "mch_9"]
    assert len(platform.token_requests) == 1


def test_metadata_of_another_issuer_is_refused(caller: Caller, platform: FakePlatform) -> None:
    platform.metadata["issuer"] = "https://evil.test"
    with pytest.raises(tongbao.ConfigurationError, match="evil"):
        caller.call("payments.get", "pay_1")


def test_endpoints_that_are_given_are_not_discovered(caller: Caller, platform: FakePlatform) -> None:
    platform.metadata["issuer"] = "https://unused.test"
    endpoints = {name: platform.metadata[name] for name in ("token_endpoint", "jwks_uri")}
    client = caller.make(**endpoints)
    assert caller.call("payments.get", "pay_1", client=client).id == "pay_1"


def test_a_long_poll_may_be_silent_for_as_long_as_it_was_asked_to_wait(caller: Caller, platform: FakePlatform) -> None:
    platform.answers = [Answer(body={"data": [], "has_more": False, "next_cursor": None})]
    caller.collect(lambda: caller.client.events.list(wait_seconds=30, timeout_seconds=5))
    assert platform.requests[0].extensions["timeout"]["read"] == 35


def test_a_field_called_like_an_option_has_a_name_of_its_own(caller: Caller, platform: FakePlatform) -> None:
    with pytest.raises(tongbao.UnexpectedResponse):
        caller.call(
            "webhook_endpoints.create",
            url="https://shop.test/hook",
            event_types=["*"],
            endpoint_api_version="2026-11-22",
            api_version="2026-11-22",
        )
    (request,) = platform.requests
    assert json.loads(request.content)["api_version"] == request.headers["api-version"] == "2026-11-22"


def test_a_write_without_a_key_is_not_repeated(caller: Caller, platform: FakePlatform) -> None:
    platform.answers = [httpx.ReadError("cut")]
    with pytest.raises(tongbao.OutcomeUnknown, match=r"client\.webhook_endpoints\.get\('whe_1'\)"):
        caller.call("webhook_endpoints.update", "whe_1", description=None)
    (request,) = platform.requests
    assert json.loads(request.content) == {"description": None}
    assert "idempotency-key" not in request.headers


def test_an_answer_without_a_body_is_none(caller: Caller, platform: FakePlatform) -> None:
    platform.answers = [Answer(204, b"")]
    assert caller.call("webhook_endpoints.delete", "whe_1") is None
    assert platform.requests[0].method == "DELETE"
