"""What comes back: verification, retries, errors, and outcomes that nobody knows."""

from typing import Any

import httpx
import pytest

import tongbao
from tests.unit.sdk.conftest import Caller
from tests.unit.sdk.fake_platform import (
    CLIENT_KEY,
    CREATE,
    ISSUER_KEY,
    PAYMENT,
    Answer,
    FakePlatform,
    TestClock,
    new_key,
    problem,
    verify_request,
)
from tongbao import errors

SPOILED: dict[str, dict[str, Any]] = {
    "unsigned": {"signed": False},
    "unknown key": {"key": new_key("stranger")},
    "right kid, wrong key": {"key": new_key("issuer-key")},
    "altered body": {"tamper": lambda body: body.replace(b"1999", b"9999")},
    "to another request": {"claims": {"req": "AAAA"}},
    "for another client": {"claims": {"aud": "app_other"}},
    "by another issuer": {"claims": {"iss": "https://evil.test"}},
    "of another type": {"claims": {"typ": "payreq+jws"}},
    "too old": {"claims": {"iat": 1}},
    "one member more": {"claims": {"surprise": 1}},
    "one member less": {"claims": {"jti": None}},
    "uncovered header": {"claims": {"hdrs": "Content-Type"}},
    "mistyped member": {"claims": {"iat": "1"}},
    "kid mistyped": {"claims": {"kid": 7}},
}


@pytest.mark.parametrize("how", SPOILED)
def test_a_write_whose_answer_is_not_the_issuers_has_an_unknown_outcome(
    caller: Caller, platform: FakePlatform, how: str
) -> None:
    platform.answers = [Answer(201, **SPOILED[how])]
    with pytest.raises(tongbao.OutcomeUnknown) as caught:
        caller.create(idempotency_key="key-1")
    error = caught.value
    assert (error.merchant_number_field, error.merchant_number) == ("merchant_order_no", "A-1")
    assert error.idempotency_key == "key-1"
    assert error.operation_id == "payments.create"
    assert error.resolve_with == "client.payments.get_by_merchant_order_no('A-1')"
    assert "key-1" in error.how_to_resolve
    assert len(platform.requests) == 1


@pytest.mark.parametrize("how", SPOILED)
def test_a_read_whose_answer_is_not_the_issuers_is_an_error(caller: Caller, platform: FakePlatform, how: str) -> None:
    platform.answers = [Answer(**SPOILED[how])]
    with pytest.raises(tongbao.ResponseSignatureError) as caught:
        caller.call("payments.get", "pay_1")
    assert caught.value.response.status == 200


def test_an_unsigned_refusal_of_a_write_decides_nothing(caller: Caller, platform: FakePlatform) -> None:
    platform.answers = [problem(422, "validation_failed", signed=False)]
    with pytest.raises(tongbao.OutcomeUnknown) as caught:
        caller.create()
    assert isinstance(caught.value.__cause__, errors.ValidationFailedError)


def test_a_new_issuer_key_is_fetched_but_not_too_often(
    caller: Caller, platform: FakePlatform, clock: TestClock
) -> None:
    caller.call("payments.get", "pay_1")
    fresh = new_key("fresh")
    platform.published = [ISSUER_KEY, fresh]
    platform.answers = [Answer(key=fresh)]
    caller.call("payments.get", "pay_1")
    assert platform.key_fetches == 2
    platform.answers = [Answer(key=SPOILED["unknown key"]["key"])] * 3
    for _ in range(3):
        with pytest.raises(tongbao.ResponseSignatureError):
            caller.call("payments.get", "pay_1")
    assert platform.key_fetches == 2
    clock.time += 31
    platform.answers = [Answer(key=SPOILED["unknown key"]["key"])]
    with pytest.raises(tongbao.ResponseSignatureError):
        caller.call("payments.get", "pay_1")
    assert platform.key_fetches == 3


def test_old_keys_are_renewed_and_a_withdrawn_key_is_not_believed(
    caller: Caller, platform: FakePlatform, clock: TestClock
) -> None:
    caller.call("payments.get", "pay_1")
    platform.published = []
    clock.time += 3601
    with pytest.raises(tongbao.ResponseSignatureError):
        caller.call("payments.get", "pay_1")


def test_a_lost_answer_is_asked_for_again_with_the_same_key(
    caller: Caller, platform: FakePlatform, clock: TestClock
) -> None:
    platform.answers = [httpx.ReadTimeout("slow"), Answer(201, headers={"Idempotent-Replayed": "true"})]
    assert caller.create().id == "pay_1"
    first, second = platform.requests
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert first.content == second.content
    signatures = [verify_request(request, CLIENT_KEY) for request in platform.requests]
    assert signatures[0]["jti"] != signatures[1]["jti"]
    assert clock.waits == [0.5]


def test_an_answer_lost_for_good_leaves_the_outcome_unknown(
    caller: Caller, platform: FakePlatform, clock: TestClock
) -> None:
    platform.answers = [httpx.ReadTimeout("slow")] * 3
    with pytest.raises(tongbao.OutcomeUnknown, match="slow"):
        caller.create()
    assert len(platform.requests) == 3
    assert clock.waits == [0.5, 1.0]


def test_what_was_surely_not_sent_is_no_unknown_outcome(caller: Caller, platform: FakePlatform) -> None:
    platform.answers = [httpx.ConnectError("refused")] * 3
    with pytest.raises(tongbao.ConnectionFailed, match="refused"):
        caller.create()


def test_once_a_write_may_be_done_later_failures_do_not_undo_that(caller: Caller, platform: FakePlatform) -> None:
    for last in (httpx.ConnectError("refused"), problem(429, "rate_limited"), problem(401, "client_disabled")):
        platform.answers = [httpx.ReadError("cut"), last, last]
        with pytest.raises(tongbao.OutcomeUnknown):
            caller.create()


def test_a_token_that_cannot_be_had_any_more_leaves_it_unknown_too(
    caller: Caller, platform: FakePlatform, clock: TestClock
) -> None:
    caller.call("payments.get", "pay_1")
    platform.answers = [httpx.ReadError("cut"), problem(401, "token_expired")]
    platform.token_answers = [httpx.Response(400, json={"error": "invalid_client"})]
    with pytest.raises(tongbao.OutcomeUnknown, match="invalid_client"):
        caller.create()


def test_a_signed_refusal_after_a_lost_answer_decides(caller: Caller, platform: FakePlatform) -> None:
    platform.answers = [httpx.ReadError("cut"), problem(422, "insufficient_balance")]
    with pytest.raises(errors.InsufficientBalanceError):
        caller.create()


def test_reads_are_repeated_and_fail_as_failed(caller: Caller, platform: FakePlatform) -> None:
    platform.answers = [httpx.ReadError("cut"), problem(503, "overloaded"), Answer()]
    assert caller.call("payments.get", "pay_1").id == "pay_1"
    platform.answers = [httpx.ReadTimeout("slow")] * 3
    with pytest.raises(tongbao.ConnectionTimedOut):
        caller.call("payments.get", "pay_1")


def test_retry_after_is_honored_up_to_a_cap(caller: Caller, platform: FakePlatform, clock: TestClock) -> None:
    platform.answers = [
        problem(429, "rate_limited", headers={"Retry-After": "7"}),
        problem(503, "overloaded", headers={"Retry-After": "86400"}),
        Answer(),
    ]
    caller.call("payments.get", "pay_1")
    assert clock.waits == [7.0, 60.0]


def test_a_server_error_on_a_write_is_both(caller: Caller, platform: FakePlatform) -> None:
    platform.answers = [problem(503, "overloaded")] * 3
    with pytest.raises(tongbao.ServerError) as caught:
        caller.create()
    assert isinstance(caught.value, tongbao.OutcomeUnknown)
    assert caught.value.merchant_number == "A-1"
    assert caught.value.code == "overloaded"
    assert "get_by_merchant_order_no" in str(caught.value)
    platform.answers = [problem(500, "internal_error", retryable=False)]
    with pytest.raises(errors.InternalError):
        caller.call("payments.get", "pay_1")


def test_of_the_conflicts_only_in_progress_is_repeated(caller: Caller, platform: FakePlatform) -> None:
    platform.answers = [problem(409, "idempotency_in_progress", headers={"Retry-After": "1"}), Answer(201)]
    assert caller.create().id == "pay_1"
    platform.answers = [problem(409, "merchant_number_conflict", errors=[{"pointer": "/amount", "code": "differs"}])]
    with pytest.raises(errors.MerchantNumberConflictError) as caught:
        caller.create()
    assert isinstance(caught.value, tongbao.ConflictError)
    assert caught.value.errors[0].pointer == "/amount"
    assert len(platform.requests) == 3
    platform.answers = [problem(409, "idempotency_in_progress")] * 3
    with pytest.raises(tongbao.OutcomeUnknown):
        caller.create()


def test_a_replayed_signature_means_a_copy_got_through(caller: Caller, platform: FakePlatform) -> None:
    platform.answers = [problem(401, "signature_replayed"), Answer(201)]
    assert caller.create().id == "pay_1"
    platform.answers = [problem(401, "signature_replayed")] * 3
    with pytest.raises(tongbao.OutcomeUnknown):
        caller.create()


def test_retries_can_be_forbidden(caller: Caller, platform: FakePlatform) -> None:
    platform.answers = [problem(429, "rate_limited")]
    with pytest.raises(tongbao.RateLimitError):
        caller.create(max_retries=0)
    assert len(platform.requests) == 1


def test_errors_tell_everything(caller: Caller, platform: FakePlatform) -> None:
    platform.answers = [
        problem(
            409,
            "payment_invalid_state",
            detail="It is canceled.",
            current_status="canceled",
            allowed_actions=["refund"],
            retryable=False,
            remaining=5,
        )
    ]
    with pytest.raises(errors.PaymentInvalidStateError) as caught:
        caller.call("payments.close", "pay_1")
    error = caught.value
    assert (error.status_code, error.code, error.request_id) == (409, "payment_invalid_state", "req_1")
    assert (error.current_status, error.allowed_actions, error.retryable) == ("canceled", ["refund"], False)
    assert error.problem["remaining"] == 5
    assert "It is canceled." in str(error)
    assert "req_1" in str(error)


def test_an_unknown_code_gives_the_class_of_the_status(caller: Caller, platform: FakePlatform) -> None:
    platform.answers = [problem(422, "brand_new")]
    with pytest.raises(tongbao.UnprocessableError) as caught:
        caller.create()
    assert type(caught.value) is tongbao.UnprocessableError
    platform.answers = [problem(404, "insufficient_balance")]
    with pytest.raises(tongbao.NotFoundError):
        caller.create()


def test_a_skewed_clock_is_named(caller: Caller, platform: FakePlatform) -> None:
    platform.answers = [problem(401, "signature_expired", skew_seconds=-4000)]
    with pytest.raises(errors.SignatureExpiredError, match="clock is off by -4000 s"):
        caller.create()


def test_redirects_are_not_followed(caller: Caller, platform: FakePlatform) -> None:
    platform.answers = [Answer(307, signed=False, headers={"Location": "https://evil.test/"})]
    with pytest.raises(tongbao.OutcomeUnknown):
        caller.create()
    assert len(platform.requests) == 1


def test_an_answer_of_another_form_is_not_hidden(caller: Caller, platform: FakePlatform) -> None:
    platform.answers = [Answer(201, {"id": 7})]
    with pytest.raises(tongbao.UnexpectedResponse) as caught:
        caller.create()
    assert caught.value.response.status == 201


def test_lists_go_through_all_pages(caller: Caller, platform: FakePlatform) -> None:
    pages = [
        Answer(body={"data": [_payment("pay_1"), _payment("pay_2")], "has_more": True, "next_cursor": "c=1"}),
        Answer(body={"data": [_payment("pay_3")], "has_more": False, "next_cursor": None}),
    ]
    platform.answers = list(pages)
    found = caller.collect(lambda: caller.client.payments.list(limit=2))
    assert [payment.id for payment in found] == ["pay_1", "pay_2", "pay_3"]
    assert [request.url.query for request in platform.requests] == [b"limit=2", b"limit=2&cursor=c%3D1"]
    platform.answers = list(pages)
    page = caller.call("payments.list", limit=2)
    assert (len(page.data), page.has_more, page.next_cursor) == (2, True, "c=1")
    following = caller.run(page.next_page)
    assert following.data[0].id == "pay_3"
    assert caller.run(following.next_page) is None


def test_raw_responses_have_everything(caller: Caller, platform: FakePlatform) -> None:
    platform.answers = [Answer(201, headers={"Location": "/v1/payments/pay_1"})]
    raw = caller.call("payments.with_raw_response.create", **_create())
    assert (raw.status_code, raw.request_id, raw.attempts) == (201, "req_1", 1)
    assert raw.headers["location"] == "/v1/payments/pay_1"
    assert raw.idempotency_key == platform.requests[0].headers["idempotency-key"]
    assert not raw.idempotent_replayed
    assert raw.parse().id == "pay_1"
    platform.answers = [Answer(body={"data": [], "has_more": False, "next_cursor": None})]
    assert caller.call("payments.with_raw_response.list").parse().data == []


def test_what_is_new_is_kept(caller: Caller, platform: FakePlatform) -> None:
    body = {**_payment("pay_1"), "status": "sleeping", "brand_new": 1, "next_action": {"type": "dance", "steps": 3}}
    platform.answers = [Answer(body=body)]
    payment = caller.call("payments.get", "pay_1")
    assert payment.status == "sleeping"
    assert not payment.status.is_known
    assert isinstance(payment.next_action, tongbao.UnknownVariant)
    assert payment.next_action.raw == {"type": "dance", "steps": 3}


def _payment(payment_id: str) -> dict[str, Any]:
    return {**PAYMENT, "id": payment_id}


def _create() -> dict[str, Any]:
    return CREATE
