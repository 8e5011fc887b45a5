"""Pure rules: retries, encoding, settings, the sandbox file, single flight, the public face."""

import ast
import asyncio
import importlib
import json
import sys
import threading
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tongbao
from tests.unit.sdk.fake_platform import BASE_URL, CLIENT_ID, CLIENT_KEY, NOW, FakePlatform, TestClock
from tongbao import _base64url
from tongbao._effects import Exchange, TransportFailure
from tongbao._encode import encode_body, encode_target
from tongbao._http import BlockingDriver
from tongbao._jws import parse_object
from tongbao._retry import RetryPolicy, read_retry_after

PACKAGE = Path(tongbao.__file__).parent


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("3", 3.0),
        (" 0 ", 0.0),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("9" * 12, None),
        ("²", None),
        ("Sat, 22 Nov 2025 10:30:05 GMT", 5.0),
        ("Sat, 22 Nov 2025 10:29:00 GMT", 0.0),
        ("Sat, 99 Nov 2025 10:29:00 GMT", None),
    ],
)
def test_retry_after_is_read(value: str | None, seconds: float | None) -> None:
    now = datetime(2025, 11, 22, 10, 30, tzinfo=UTC).timestamp()
    assert read_retry_after(value, now) == seconds


def test_waits_double_up_to_a_limit_and_are_spread() -> None:
    policy = RetryPolicy(max_retries=20, max_retry_after_seconds=60)
    assert [policy.delay(retry, None, lambda: 0.0) for retry in range(6)] == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]
    assert policy.delay(0, None, lambda: 0.999) == pytest.approx(0.375, abs=0.001)
    assert policy.delay(20, None, lambda: 0.0) is None
    assert policy.delay(20, 1.0, lambda: 0.0) is None


@given(st.binary(min_size=1, max_size=64))
def test_base64url_is_read_strictly(data: bytes) -> None:
    text = _base64url.encode(data)
    assert _base64url.decode(text) == data
    for spoiled in (f"{text}=", f" {text}", f"{text}\n", text + "!", ""):
        with pytest.raises(ValueError, match="base64url"):
            _base64url.decode(spoiled)
    if len(data) % 3:
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        with pytest.raises(ValueError, match="spare"):
            _base64url.decode(text[:-1] + alphabet[alphabet.index(text[-1]) + 1])


@pytest.mark.parametrize(
    "text", [b'{"a":1,"a":1}', b"[]", b"\xff", b'{"a":NaN}', b"", b'{"a":' * 100_000, b"\xef\xbb\xbf{}"]
)
def test_json_objects_are_read_strictly(text: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the text differs with each case
        parse_object(text)


def test_bodies_leave_out_what_was_not_given() -> None:
    body = encode_body({"a": msgspec.UNSET, "b": None, "c": 0, "d": date(2026, 1, 2), "e": [{"f": msgspec.UNSET}]})
    assert json.loads(body) == {"b": None, "c": 0, "d": "2026-01-02", "e": [{}]}
    for value in (1.5, {1}, b"x", object()):
        with pytest.raises(TypeError):
            encode_body({"a": value})


@given(st.text(min_size=1, max_size=20), st.text(max_size=20))
def test_targets_are_never_changed_by_the_http_library(identifier: str, value: str) -> None:
    try:
        target = encode_target("/v1/payments/{id}", {"id": identifier}, {"q": value})
    except (ValueError, UnicodeEncodeError):
        assert identifier in (".", "..") or not (identifier + value).isprintable()
        return
    assert httpx.URL(BASE_URL + target).raw_path == target.encode()


@pytest.mark.parametrize(
    "changes",
    [
        {"base_url": "http://api.example"},
        {"base_url": "https://api.example/v1"},
        {"base_url": "ftp://api.example"},
        {"base_url": "https://user:pass@api.example"},
        {"base_url": "https://api.example:port"},
        {"base_url": "api.example"},
        {"client_id": ""},
        {"client_id": "é"},
        {"max_retries": -1},
        {"timeout_seconds": 0},
        {"jwks_uri": "http://issuer.example/jwks"},
    ],
)
def test_wrong_settings_are_refused(changes: dict[str, Any]) -> None:
    settings = {"base_url": BASE_URL, "client_id": CLIENT_ID, "private_key": json.loads(CLIENT_KEY.export_private())}
    with pytest.raises(tongbao.ConfigurationError):
        tongbao.Tongbao(**{**settings, **changes})


def test_misspelt_settings_are_refused() -> None:
    with pytest.raises(TypeError, match="'timeout'"):
        tongbao.Tongbao(base_url=BASE_URL, client_id="c", private_key={}, timeout=1)  # type: ignore[call-arg]  # the mistake to be found
    with pytest.raises(tongbao.ConfigurationError, match="client_id is missing"):
        tongbao.Tongbao(base_url=BASE_URL, private_key={})  # type: ignore[call-arg]  # the mistake to be found


def sandbox_file(path: Path, platform: FakePlatform) -> Path:
    merchant = {
        "client_id": CLIENT_ID,
        "merchant_id": "mch_1",
        "account_id": "acc_1",
        "private_jwks": [json.loads(CLIENT_KEY.export_private())],
        "scope": "payments:read payments:write",
        "return_origins": ["https://shop.test"],
    }
    path.write_text(json.dumps({"base_url": BASE_URL, **platform.metadata, "merchants": [merchant], "customers": []}))
    return path


def test_a_sandbox_file_is_enough(tmp_path: Path, platform: FakePlatform, clock: TestClock) -> None:
    path = sandbox_file(tmp_path / "sandbox.json", platform)
    with tongbao.Tongbao.from_sandbox(
        path,
        http_client=httpx.Client(transport=httpx.MockTransport(platform.handle)),
        environment=clock.environment(),
    ) as client:
        assert client.payments.get("pay_1").id == "pay_1"
    assert platform.token_requests[0]["scope"] == "payments:read payments:write"
    for arguments in ({"merchant": 1}, {"algorithm": "PS256"}):
        with pytest.raises(tongbao.ConfigurationError):
            tongbao.Tongbao.from_sandbox(path, **arguments)
    with pytest.raises(tongbao.ConfigurationError, match="is the sandbox running"):
        tongbao.Tongbao.from_sandbox(tmp_path / "missing.json")


def test_threads_share_one_token_request(platform: FakePlatform, clock: TestClock) -> None:
    gate = threading.Barrier(8)
    client = tongbao.Tongbao(
        base_url=BASE_URL,
        client_id=CLIENT_ID,
        private_key=json.loads(CLIENT_KEY.export_private()),
        http_client=httpx.Client(transport=httpx.MockTransport(platform.handle)),
        environment=clock.environment(),
    )

    def work() -> None:
        gate.wait()
        client.payments.get("pay_1")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(platform.requests) == 8
    assert (len(platform.token_requests), platform.key_fetches) == (1, 1)


async def test_tasks_share_one_token_request(platform: FakePlatform, clock: TestClock) -> None:
    async def handle(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        return platform.handle(request)

    async with tongbao.AsyncTongbao(
        base_url=BASE_URL,
        client_id=CLIENT_ID,
        private_key=json.loads(CLIENT_KEY.export_private()),
        http_client=httpx.AsyncClient(transport=httpx.MockTransport(handle)),
        environment=clock.environment(),
    ) as client:
        await asyncio.gather(*(client.payments.get("pay_1") for _ in range(8)))
    assert len(platform.requests) == 8
    assert (len(platform.token_requests), platform.key_fetches) == (1, 1)


def test_the_public_face_is_what_all_says() -> None:
    for name in tongbao.__all__:
        assert getattr(tongbao, name) is not None
    assert tongbao.__all__ == sorted(tongbao.__all__)
    public = {
        name
        for name, value in vars(tongbao).items()
        if not name.startswith("_") and getattr(value, "__module__", "tongbao").startswith("tongbao")
    }
    modules = {path.stem for path in PACKAGE.glob("*.py")} | {"generated", "VERSION", "command"}
    assert public - set(tongbao.__all__) <= modules
    for name in tongbao.errors.__all__:
        assert name == "BY_CODE" or issubclass(getattr(tongbao.errors, name), Exception)


def test_the_package_knows_neither_the_platform_nor_other_dependencies() -> None:
    allowed = {"tongbao", "httpx", "msgspec", "jwcrypto", "cryptography"} | set(sys.stdlib_module_names)
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {name.split(".")[0] for name in names} <= allowed, path
    assert (PACKAGE / "py.typed").exists()


def test_every_module_can_be_imported_first() -> None:
    for path in sorted(PACKAGE.glob("*.py")):
        importlib.import_module(f"tongbao.{path.stem}" if path.stem != "__init__" else "tongbao")


def test_times_are_sent_in_utc_with_milliseconds() -> None:
    assert datetime.fromtimestamp(NOW, UTC).timestamp() == NOW
    body = encode_body({"at": datetime.fromtimestamp(NOW, UTC)})
    assert json.loads(body)["at"].endswith(".000Z")


def test_a_target_that_would_go_out_otherwise_than_signed_does_not_go_out() -> None:
    exchange = Exchange(method="GET", origin=BASE_URL, target="/v1/a/../b", headers=[], body=None, timeout_seconds=1.0)
    transport = httpx.MockTransport(lambda _request: httpx.Response(200))
    driver = BlockingDriver(httpx.Client(transport=transport))
    with pytest.raises(TransportFailure, match="request-target") as caught:
        driver._exchange(exchange)
    assert not caught.value.sent


def test_an_endless_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tongbao._http.MAX_BODY_BYTES", 10)
    exchange = Exchange(method="GET", origin=BASE_URL, target="/", headers=[], body=None, timeout_seconds=1.0)
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, content=b"x" * 11))
    with pytest.raises(TransportFailure, match="too large"):
        BlockingDriver(httpx.Client(transport=transport))._exchange(exchange)
