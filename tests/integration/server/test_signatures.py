"""Signatures at the level of HTTP: what is altered, stolen, replayed or revoked moves nothing."""

import secrets
from collections.abc import Iterator

import httpx
import msgspec
import pytest
from sqlalchemy import Table, func, select

from tests.factories.servers import FUNDS_MINOR, WiredServer, books
from tests.integration.server.signed import (
    SIGNATURE,
    UNSIGNED,
    SignedCaller,
    account_payment,
    caller_of,
    code_of,
    h5_payment,
)
from tongbao_platform.domain.payments.tables import PAYMENTS
from tongbao_platform.execution.records import EVIDENCE_TABLE
from tongbao_platform.identity.clients import disable
from tongbao_platform.identity.keys import revoke
from tongbao_platform.kernel.errors import OutcomeInDoubt, Overloaded, PlatformFault

JSON = "application/json"
_LETTERS = b"abcdefghijklmnopqrstuvwxyz"
# Within a group each octet becomes the next one; none of the replacements has to be escaped in a URL.
_GROUPS = (_LETTERS, _LETTERS.upper(), b"0123456789", b"-._~!$()*+,;=:@", b'"{}', b"/&")
_OTHER = bytes.maketrans(b"".join(_GROUPS), b"".join(group[1:] + group[:1] for group in _GROUPS))


@pytest.fixture
async def buyer(one_wired: WiredServer) -> SignedCaller:
    return await caller_of(one_wired, one_wired.parties.buyer)


@pytest.fixture
async def shop(one_wired: WiredServer) -> SignedCaller:
    return await caller_of(one_wired, one_wired.parties.shop)


async def count(server: WiredServer, table: Table) -> int:
    rows = await server.foundation.reader.rows(select(func.count()).select_from(table))
    return int(rows[0][0])


async def assert_nothing_moved(server: WiredServer) -> None:
    assert await count(server, PAYMENTS) == 0
    assert await count(server, EVIDENCE_TABLE) == 0
    report = await books(server.foundation.reader)
    assert report.is_clean
    assert report.counts["ledger_transfer"] == 2, "the two deposits and nothing else"


def altered(text: bytes) -> Iterator[bytes]:
    """Give ``text`` with each octet altered once, and prolonged and shortened by one.

    A letter stays a letter and a digit a digit, so that nothing but the signature can object.
    """
    for place, octet in enumerate(text):
        yield text[:place] + bytes([octet]).translate(_OTHER) + text[place + 1 :]
    yield text + b"x"
    yield text[:-1]


class Sent(msgspec.Struct, kw_only=True):
    """A signed request, ready to be sent as it is or altered."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    signature: str

    async def by(self, caller: SignedCaller, **changes: object) -> httpx.Response:
        """Send it with ``changes``."""
        sent = msgspec.structs.replace(self, **changes)
        return await caller.send(sent.method, sent.target, sent.headers, sent.body, signature=sent.signature)


def signed_payment(server: WiredServer, caller: SignedCaller) -> Sent:
    headers = {
        "Content-Type": JSON,
        "Idempotency-Key": "altered-0001",
        "On-Behalf-Of": caller.party.merchant_id,
        "Api-Version": "2026-11-22",
    }
    body = msgspec.json.encode(account_payment(server, "A-1"))
    signature = caller.sign("POST", "/v1/payments", headers, body)
    return Sent(method="POST", target="/v1/payments", headers=headers, body=body, signature=signature)


async def test_each_altered_octet_of_the_body_is_refused(one_wired: WiredServer, buyer: SignedCaller) -> None:
    sent = signed_payment(one_wired, buyer)
    for body in altered(sent.body):
        assert code_of(await sent.by(buyer, body=body)) == (401, "signature_invalid"), body
    assert code_of(await sent.by(buyer, body=b"")) == (401, "signature_invalid")
    await assert_nothing_moved(one_wired)
    assert (await sent.by(buyer)).status_code == 201, "and unaltered it is accepted"


@pytest.mark.parametrize("name", ["Idempotency-Key", "On-Behalf-Of", "Api-Version"])
async def test_each_altered_octet_of_a_covered_header_is_refused(
    one_wired: WiredServer, buyer: SignedCaller, name: str
) -> None:
    sent = signed_payment(one_wired, buyer)
    for value in altered(sent.headers[name].encode()):
        answer = await sent.by(buyer, headers=sent.headers | {name: value.decode()})
        assert code_of(answer) == (401, "signature_invalid"), value
    without = {other: value for other, value in sent.headers.items() if other != name}
    assert code_of(await sent.by(buyer, headers=without)) == (401, "signature_malformed")
    await assert_nothing_moved(one_wired)


async def test_another_spelling_of_the_content_type_is_refused(one_wired: WiredServer, buyer: SignedCaller) -> None:
    sent = signed_payment(one_wired, buyer)
    for value in ("Application/json", "application/json; charset=utf-8"):
        answer = await sent.by(buyer, headers=sent.headers | {"Content-Type": value})
        assert code_of(answer) == (401, "signature_invalid"), value
    await assert_nothing_moved(one_wired)


async def test_another_method_path_or_query_is_refused(one_wired: WiredServer, buyer: SignedCaller) -> None:
    sent = signed_payment(one_wired, buyer)
    assert code_of(await sent.by(buyer, method="GET")) == (401, "signature_invalid")
    assert code_of(await sent.by(buyer, method="PUT")) == (405, "method_not_allowed")
    for target in ("/v1/refunds", "/v1/webhook-endpoints", "/v1/payments?x", "/v1/payments?a=1"):
        assert code_of(await sent.by(buyer, target=target)) == (401, "signature_invalid"), target
    # What names no route is 404 to everybody, signed or not; it moves nothing either.
    for octets in altered(b"v1/payments"):
        assert (await sent.by(buyer, target=f"/{octets.decode()}".replace("#", "~"))).status_code == 404, octets
    await assert_nothing_moved(one_wired)


async def test_each_altered_octet_of_an_id_in_the_path_is_refused(one_wired: WiredServer, buyer: SignedCaller) -> None:
    payment_id = one_wired.foundation.ids.new("pay")
    headers = {"Idempotency-Key": "close-1"}
    signature = buyer.sign("POST", f"/v1/payments/{payment_id}/close", headers, b"")
    sent = Sent(method="POST", target="", headers=headers, body=b"", signature=signature)
    for octets in altered(payment_id.encode()):
        answer = await sent.by(buyer, target=f"/v1/payments/{octets.decode()}/close")
        assert code_of(answer) == (401, "signature_invalid"), octets
    await assert_nothing_moved(one_wired)


async def test_each_altered_octet_of_a_query_is_refused(one_wired: WiredServer, buyer: SignedCaller) -> None:
    query = "limit=20&metadata.cart=9&status=succeeded"
    signature = buyer.sign("GET", f"/v1/payments?{query}", {}, b"")
    sent = Sent(method="GET", target=f"/v1/payments?{query}", headers={}, body=b"", signature=signature)
    assert (await sent.by(buyer)).status_code == 200
    for octets in altered(query.encode()):
        answer = await sent.by(buyer, target=f"/v1/payments?{octets.decode()}")
        assert code_of(answer) == (401, "signature_invalid"), octets
    assert code_of(await sent.by(buyer, target="/v1/payments")) == (401, "signature_invalid")


async def test_each_altered_octet_of_the_signature_itself_is_refused(
    one_wired: WiredServer, buyer: SignedCaller
) -> None:
    sent = signed_payment(one_wired, buyer)
    codes = set()
    for octets in altered(sent.signature.encode()):
        status, code = code_of(await sent.by(buyer, signature=octets.decode()))
        assert (status, code.partition("_")[0]) == (401, "signature")
        codes.add(code)
    assert {"signature_malformed", "signature_invalid"} <= codes
    await assert_nothing_moved(one_wired)


async def test_the_same_octets_twice_are_a_replay(wired: WiredServer) -> None:
    buyer = await caller_of(wired, wired.parties.buyer)
    sent = signed_payment(wired, buyer)
    first, second = await sent.by(buyer), await sent.by(buyer)
    assert first.status_code == 201
    assert code_of(second) == (401, "signature_replayed")
    assert second.json()["check"] == "replay"
    # The same jti under another body would need another signature: a fresh one repeats the stored answer.
    again = await sent.by(buyer, signature=buyer.sign("POST", "/v1/payments", sent.headers, sent.body))
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert await count(wired, PAYMENTS) == 1
    assert await count(wired, EVIDENCE_TABLE) == 1
    refused = await buyer.call("POST", "/v1/payments", account_payment(wired, "A-1", value=7))
    assert code_of(refused) == (409, "merchant_number_conflict")


async def test_a_stored_refusal_spends_its_signature_too(one_wired: WiredServer, buyer: SignedCaller) -> None:
    body = msgspec.json.encode(h5_payment("R-1", method={"type": "h5", "return_url": "https://evil.example/"}))
    headers = {"Content-Type": JSON, "Idempotency-Key": "refused-1"}
    signature = buyer.sign("POST", "/v1/payments", headers, body)
    sent = Sent(method="POST", target="/v1/payments", headers=headers, body=body, signature=signature)
    assert code_of(await sent.by(buyer)) == (422, "return_url_not_registered")
    assert code_of(await sent.by(buyer)) == (401, "signature_replayed")
    await assert_nothing_moved(one_wired)


async def test_a_read_may_be_repeated_octet_by_octet(one_wired: WiredServer, buyer: SignedCaller) -> None:
    sent = Sent(method="GET", target="/v1/me", headers={}, body=b"", signature=buyer.sign("GET", "/v1/me", {}, b""))
    assert (await sent.by(buyer)).status_code == 200
    assert (await sent.by(buyer)).status_code == 200


async def test_a_stolen_token_is_worth_nothing(one_wired: WiredServer, buyer: SignedCaller, shop: SignedCaller) -> None:
    thief = SignedCaller(one_wired, one_wired.parties.shop, buyer.token)
    body = account_payment(one_wired, "A-1")
    assert code_of(await thief.call("POST", "/v1/payments", body)) == (401, "signature_key_unknown")
    assert code_of(await thief.call("GET", "/v1/payments")) == (401, "signature_key_unknown")
    assert code_of(await thief.call("GET", "/v1/payments", sign=UNSIGNED)) == (401, "signature_missing")
    # One's own signature under somebody else's token, and the other way round.
    crossed = shop.sign("GET", "/v1/me", {}, b"")
    assert code_of(await buyer.call("GET", "/v1/me", sign=crossed)) == (401, "signature_key_unknown")
    other_token = SignedCaller(one_wired, one_wired.parties.buyer, "tbat_" + secrets.token_urlsafe(32))
    foreign = other_token.sign("GET", "/v1/me", {}, b"")
    assert code_of(await buyer.call("GET", "/v1/me", sign=foreign)) == (401, "signature_invalid")
    await assert_nothing_moved(one_wired)


async def test_a_revoked_key_ends_at_once(wired: WiredServer) -> None:
    buyer = await caller_of(wired, wired.parties.buyer)
    assert (await buyer.call("GET", "/v1/me")).status_code == 200
    await wired.operate(revoke, revoke.RevokeKey(key_id=wired.parties.buyer.key_id))
    for method, target, body in (("GET", "/v1/me", None), ("POST", "/v1/payments", account_payment(wired, "A-1"))):
        assert (await buyer.call(method, target, body)).status_code == 401
    await assert_nothing_moved(wired)
    shop = await caller_of(wired, wired.parties.shop)
    assert (await shop.call("GET", "/v1/me")).status_code == 200


async def test_a_disabled_client_ends_at_once(wired: WiredServer) -> None:
    buyer = await caller_of(wired, wired.parties.buyer)
    await wired.operate(disable, disable.DisableClient(client_id=wired.parties.buyer.client_id))
    answer = await buyer.call("POST", "/v1/payments", account_payment(wired, "A-1"))
    assert code_of(answer) == (401, "client_disabled")
    await assert_nothing_moved(wired)


async def test_answers_are_signed_from_the_signature_on(one_wired: WiredServer, buyer: SignedCaller) -> None:
    signed = [
        (201, await buyer.call("POST", "/v1/payments", h5_payment("S-1"))),
        (200, await buyer.call("GET", "/v1/payments")),
        (400, await buyer.call("GET", "/v1/payments?cursor=nonsense")),
        (400, await buyer.call("POST", "/v1/payments", h5_payment("S-2"), headers={"Idempotency-Key": None})),
        (403, await buyer.call("GET", "/v1/me", headers={"On-Behalf-Of": one_wired.parties.shop.merchant_id})),
        (404, await buyer.call("GET", f"/v1/payments/{one_wired.foundation.ids.new('pay')}")),
        (409, await buyer.call("POST", "/v1/payments", h5_payment("S-1", value=2))),
        (422, await buyer.call("POST", "/v1/payments", b"{}")),
    ]
    for status, answer in signed:
        assert answer.status_code == status
        # Whenever there is a signature the caller has verified it.
        assert SIGNATURE in answer.headers
    unsigned = [
        (401, await buyer.call("GET", "/v1/me", sign=UNSIGNED)),
        (404, await buyer.call("GET", "/v1/nothing")),
        (405, await buyer.call("PUT", "/v1/payments")),
        (415, await buyer.call("POST", "/v1/payments", b"{}", headers={"Content-Type": "text/plain"})),
        (413, await buyer.call("POST", "/v1/payments", b" " * 65_537)),
    ]
    for status, answer in unsigned:
        assert answer.status_code == status
        assert SIGNATURE not in answer.headers


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Overloaded("the queue is long"), (503, "overloaded")),
        (OutcomeInDoubt("sent"), (503, "outcome_unknown")),
        (PlatformFault("broken"), (500, "internal_error")),
        (ValueError("secret detail"), (500, "internal_error")),
    ],
)
async def test_5xx_are_never_signed_and_tell_nothing(
    one_wired: WiredServer,
    buyer: SignedCaller,
    fault: Exception,
    expected: tuple[int, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def broken(*_: object) -> None:
        raise fault

    monkeypatch.setattr(one_wired.foundation.committer, "run", broken)
    answer = await buyer.call("POST", "/v1/payments", h5_payment("S-1"))
    assert code_of(answer) == expected
    assert SIGNATURE not in answer.headers
    assert answer.json()["retryable"] is True
    assert ("retry-after" in answer.headers) is (expected[0] == 503)
    assert str(fault) not in answer.text


async def test_the_order_of_the_checks(one_wired: WiredServer, buyer: SignedCaller) -> None:
    """Each request is wrong in every later respect as well; the earliest counts."""
    big, bad = b"{" * 65_537, b"{"
    target, token = "/v1/payments", "nonsense"
    plain = {"Content-Type": "text/plain", "Idempotency-Key": None}
    wrong: list[tuple[tuple[int, str], httpx.Response]] = []

    async def ask(expected: tuple[int, str], method: str, path: str, body: bytes, **options: object) -> None:
        headers = {"Idempotency-Key": None, "Api-Version": "2020-01-01", **(options.pop("headers", None) or {})}  # type: ignore[dict-item]  # a mapping
        wrong.append((expected, await buyer.call(method, path, body, headers=headers, **options)))  # type: ignore[arg-type]  # test's own options

    unproven = {"sign": UNSIGNED, "token": token}
    elsewhere = {"Host": "elsewhere.test"}
    await ask((421, "misdirected_request"), "PUT", "/nothing", big, headers={**plain, **elsewhere}, **unproven)
    await ask((404, "not_found"), "PUT", "/v1/nothing", big, headers=plain, **unproven)
    await ask((405, "method_not_allowed"), "PUT", target, big, headers=plain, **unproven)
    await ask((413, "body_too_large"), "POST", target, big, headers=plain, **unproven)
    await ask((415, "unsupported_media_type"), "POST", target, bad, headers=plain, **unproven)
    await ask((401, "token_invalid"), "POST", target, bad, **unproven)
    await ask((401, "signature_missing"), "POST", target, bad, sign=UNSIGNED)
    await ask((401, "signature_malformed"), "POST", target, bad, sign="a..b")
    foreign = {"On-Behalf-Of": one_wired.parties.shop.merchant_id}
    await ask((403, "on_behalf_of_not_allowed"), "POST", target, bad, headers=foreign)
    await ask((400, "api_version_unknown"), "POST", target, bad)
    await ask((400, "idempotency_key_missing"), "POST", target, bad, headers={"Api-Version": None})
    keyed = {"Api-Version": None, "Idempotency-Key": "k"}
    await ask((400, "invalid_json"), "POST", target, bad, headers=keyed)
    await ask((422, "validation_failed"), "POST", target, b"{}", headers=keyed)
    for expected, answer in wrong:
        assert code_of(answer) == expected
    await assert_nothing_moved(one_wired)
    balance = await one_wired.client(one_wired.parties.buyer).accounts.balance(one_wired.parties.buyer.account_id)
    assert balance.posted.value == FUNDS_MINOR
