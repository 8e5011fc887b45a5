"""The published request vectors, octet by octet against the wired server at the vectors' own time."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.factories.servers import WiredServer, done, settings_for, wired_server
from tests.integration.server.signed import code_of
from tongbao_platform.domain.merchants import create as create_merchant
from tongbao_platform.domain.merchants.model import SettlementAccount
from tongbao_platform.identity import authentication
from tongbao_platform.identity.clients import create as create_client
from tongbao_platform.identity.keys import register, revoke
from tongbao_platform.identity.scopes import SUPPORTED_SCOPES
from tongbao_platform.identity.tokens import issue
from tongbao_platform.identity.tokens.model import token_id
from tongbao_platform.kernel.clock import DAY_MS, Instant, VirtualClock
from tongbao_platform.kernel.errors import Refusal
from tongbao_platform.processes.foundation import Sources

FOLDER: Final = Path(__file__).resolve().parents[3] / "openapi" / "signature-vectors"
REQUESTS: Final = json.loads((FOLDER / "requests.json").read_text("utf-8"))
KEYS: Final = json.loads((FOLDER / "keys.json").read_text("utf-8"))["keys"]
CONTEXT: Final = REQUESTS["context"]

# Routes, sizes and content types come before anybody looks at the signature.
EARLIER: Final = {
    "altered_method": (405, "method_not_allowed"),
    "altered_path_slash": (404, "not_found"),
    "altered_path_case": (404, "not_found"),
    "altered_path_encoding": (404, "not_found"),
    "header_moved_to_body": (415, "unsupported_media_type"),
}
# Accepted by the signature, and then refused for another reason, each of which lies behind it.
BEHIND: Final = frozenset({200, 201, 400, 403, 404, 409, 422})


@pytest.fixture
async def vector_server(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[WiredServer]:
    """Give the server at the vectors' address and time, with the vectors' clients, keys and token."""
    # The vectors' token is not spelled like ours; everything behind the spelling is.
    monkeypatch.setattr(authentication, "is_access_token", lambda _: True)
    clock = VirtualClock(Instant((CONTEXT["server_time"] - 1) * 1000 - DAY_MS))
    settings = settings_for(sqlite_url, tmp_path, base_url=CONTEXT["audience"])
    async with wired_server(settings, sources=Sources(clock=clock)) as server:
        for owner in dict.fromkeys(entry["owner"] for entry in KEYS if entry["owner"].startswith("app_")):
            await _register(server, owner)
        clock.advance(DAY_MS - 60_000)
        for entry in KEYS:
            if entry["revoked_at"] is not None:
                await done(server.foundation, revoke, revoke.RevokeKey(key_id=_key_id(entry)))
        token = issue.IssueToken(
            token_id=token_id(CONTEXT["access_token"]),
            client_id=CONTEXT["client_id"],
            key_id=_key_id(KEYS[0]),
            scopes=tuple(sorted(SUPPORTED_SCOPES)),
            lifetime_seconds=3_600,
        )
        await done(server.foundation, issue, token)
        clock.advance(61_000)
        yield server


def _key_id(entry: dict[str, Any]) -> str:
    return f"key_{entry['kid']}"


async def _register(server: WiredServer, client_id: str) -> None:
    new = server.foundation.ids.new
    merchant_id = new("mch")
    merchant = create_merchant.CreateMerchant(
        merchant_id=merchant_id,
        name=client_id,
        livemode=False,
        fee_rate_ppm=6_000,
        return_origins=("https://m.shop.example",),
        settlement_accounts=(SettlementAccount("CNY", new("acc")),),
    )
    await done(server.foundation, create_merchant, merchant)
    client = create_client.CreateClient(
        client_id=client_id,
        merchant_id=merchant_id,
        name=client_id,
        scopes=SUPPORTED_SCOPES,
        api_version="2026-11-22",
        livemode=False,
    )
    await done(server.foundation, create_client, client)
    for entry in KEYS:
        if entry["owner"] == client_id:
            command = register.read_key(_key_id(entry), client_id, json.dumps(entry["public_jwk"]), kid=entry["kid"])
            assert not isinstance(command, Refusal), command
            until = entry["valid_until"]
            validity = {
                "valid_from": Instant(entry["valid_from"] * 1000),
                "valid_until": None if until is None else Instant(until * 1000),
            }
            fields = {name: getattr(command, name) for name in command.__struct_fields__} | validity
            await done(server.foundation, register, register.RegisterKey(**fields))


async def sent(server: WiredServer, vector: dict[str, Any]) -> httpx.Response:
    """Send a vector as it is written."""
    # White space around a value is gone before an application sees it (RFC 9110 section 5.5).
    lines = [(name.encode("ascii"), value.strip(" \t").encode("latin-1")) for name, value in vector["headers"]]
    lines += [(b"JWS-Signature", value.encode("latin-1")) for value in vector["jws_signature"]]
    lines = [(name, value) for name, value in lines if name.lower() != b"authorization"]
    lines.append((b"Authorization", b"Bearer " + CONTEXT["access_token"].encode("ascii")))
    url = httpx.URL(CONTEXT["audience"]).copy_with(raw_path=vector["target"].encode("ascii"))
    return await server.http.request(vector["method"], url, headers=lines, content=vector["body"].encode("utf-8"))


async def test_every_refused_vector_is_refused_for_its_reason(vector_server: WiredServer) -> None:
    wrong = []
    for vector in REQUESTS["refused"]:
        answer = await sent(vector_server, vector)
        expected = EARLIER.get(vector["name"], (401, vector["code"]))
        found = code_of(answer)
        problem = answer.json()
        facts = (problem.get("check"), problem.get("payload_sha256"))
        wanted = (vector["check"], vector.get("payload_sha256")) if expected[0] == 401 else (None, None)
        if (found, facts) != (expected, wanted) or "jws-signature" in answer.headers:
            wrong.append((vector["name"], found, facts, expected, wanted))
    assert wrong == []
    assert len(REQUESTS["refused"]) >= 30
    assert (await vector_server.verify()).counts["payment"] == 0


async def test_every_accepted_vector_gets_past_the_signature(vector_server: WiredServer) -> None:
    """What a vector asks for may be refused further in; its answer is signed all the same."""
    wrong = []
    for vector in REQUESTS["accepted"]:
        answer = await sent(vector_server, vector)
        routed = answer.status_code in BEHIND and "jws-signature" in answer.headers
        # A path of another spelling is nowhere, signed or not.
        escaped = "%" in vector["target"].partition("?")[0] and answer.status_code == 404
        if not routed and not escaped:
            wrong.append((vector["name"], answer.status_code, answer.text))
    assert wrong == []
