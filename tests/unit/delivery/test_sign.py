"""Signatures: the published vector, the reference library, and what is refused."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tongbao_platform.delivery.sign import new_secret, secret_key, signature_headers

# The vector shared by the Standard Webhooks libraries.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
EVENT_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIMESTAMP = 1_614_265_330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_published_vector() -> None:
    headers = signature_headers(event_id=EVENT_ID, timestamp_seconds=TIMESTAMP, body=BODY, valid_secrets=[SECRET])
    assert headers == {
        "webhook-id": EVENT_ID,
        "webhook-timestamp": "1614265330",
        "webhook-signature": SIGNATURE,
    }


def test_during_rotation_every_secret_signs_newest_first() -> None:
    newer = new_secret()
    headers = signature_headers(
        event_id=EVENT_ID, timestamp_seconds=TIMESTAMP, body=BODY, valid_secrets=[newer, SECRET]
    )
    first, second = headers["webhook-signature"].split(" ")
    assert second == SIGNATURE
    assert first.startswith("v1,")
    assert first != second


@given(
    body=st.text(st.characters(codec="utf-8")),
    older=st.binary(min_size=24, max_size=64),
    newer=st.binary(min_size=24, max_size=64),
)
def test_the_reference_library_accepts_what_we_sign(body: str, older: bytes, newer: bytes) -> None:
    both = ["whsec_" + base64.b64encode(key).decode() for key in (newer, older)]
    now = int(datetime.now(UTC).timestamp())
    headers = signature_headers(event_id="evt_1", timestamp_seconds=now, body=body.encode(), valid_secrets=both)
    for secret in both:
        verifier = Webhook(secret)
        assert verifier.sign("evt_1", datetime.fromtimestamp(now, UTC), body) in headers["webhook-signature"].split(" ")
    altered = {**headers, "webhook-id": "evt_2"}
    with pytest.raises(WebhookVerificationError):
        Webhook(both[0]).verify(body, altered)


@pytest.mark.parametrize("part", ["webhook-id", "webhook-timestamp", "body"])
def test_every_signed_part_changes_the_signature(part: str) -> None:
    changed = signature_headers(
        event_id="msg_x" if part == "webhook-id" else EVENT_ID,
        timestamp_seconds=TIMESTAMP + (part == "webhook-timestamp"),
        body=BODY + b" " * (part == "body"),
        valid_secrets=[SECRET],
    )
    assert changed["webhook-signature"] != SIGNATURE


def test_new_secrets_are_distinct_and_well_formed() -> None:
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert {len(secret_key(secret)) for secret in secrets} == {32}


@pytest.mark.parametrize("size", [24, 32, 64])
def test_keys_of_24_to_64_bytes_are_taken(size: int) -> None:
    key = bytes(range(size))
    assert secret_key("whsec_" + base64.b64encode(key).decode()) == key


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        SECRET.removeprefix("whsec_"),
        "whsk_" + SECRET.removeprefix("whsec_"),
        "whpk_" + SECRET.removeprefix("whsec_"),
        "WHSEC_" + SECRET.removeprefix("whsec_"),
        SECRET + "\n",
        SECRET[:-1],
        SECRET[:-1] + "-",
        SECRET + "é",
        "whsec_" + base64.b64encode(bytes(23)).decode(),
        "whsec_" + base64.b64encode(bytes(65)).decode(),
        "whsec_" + base64.b64encode(bytes(25)).decode().replace("A==", "B=="),
    ],
)
def test_other_secrets_are_refused_without_being_repeated(secret: str) -> None:
    with pytest.raises(ValueError, match="a webhook secret") as refused:
        secret_key(secret)
    assert len(secret) < 8 or secret not in str(refused.value)


@pytest.mark.parametrize("event_id", ["", "evt.1", "evt 1", "evt_1\n", "évt"])
def test_an_id_that_would_blur_the_signed_content_is_refused(event_id: str) -> None:
    with pytest.raises(ValueError, match="webhook id"):
        signature_headers(event_id=event_id, timestamp_seconds=1, body=b"", valid_secrets=[SECRET])


def test_no_secret_and_no_time_are_refused() -> None:
    with pytest.raises(ValueError, match="secret"):
        signature_headers(event_id="evt_1", timestamp_seconds=1, body=b"", valid_secrets=[])
    with pytest.raises(ValueError, match="timestamp"):
        signature_headers(event_id="evt_1", timestamp_seconds=-1, body=b"", valid_secrets=[SECRET])
