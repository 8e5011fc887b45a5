"""A sandbox starts on both databases, keeps its data, and repeats a seed."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from msgspec.structs import replace

from tongbao import AsyncTongbao, models
from tongbao_platform.domain.verification.verify import verify
from tongbao_sandbox.open import Sandbox, opened_sandbox
from tongbao_sandbox.options import SandboxOptions, SandboxRefused
from tongbao_sandbox.personas import ALGORITHMS, MERCHANTS
from tongbao_sandbox.state import StateFile


@asynccontextmanager
async def _client(sandbox: Sandbox, merchant: int = 0, algorithm: str = "ES256") -> AsyncIterator[AsyncTongbao]:
    async with httpx.AsyncClient(trust_env=False) as http:
        file = sandbox.options.state_file
        yield AsyncTongbao.from_sandbox(file, merchant=merchant, algorithm=algorithm, http_client=http)


async def _pay_between_merchants(sandbox: Sandbox, order_no: str) -> models.Payment:
    payer, payee = sandbox.state.merchants[1], sandbox.state.merchants[0]
    async with _client(sandbox, 1) as client:
        return await client.payments.create(
            merchant_order_no=order_no,
            amount={"value": 12_345, "currency": "CNY"},
            description="Beans",
            method={
                "type": "account",
                "source_account_id": payer.account_id,
                "payee_account_id": payee.account_id,
            },
        )


@pytest.mark.parametrize("merchant", [0, 1])
async def test_every_key_of_every_merchant_works_and_there_is_money(
    sqlite_options: SandboxOptions, merchant: int
) -> None:
    async with opened_sandbox(sqlite_options) as sandbox:
        state = sandbox.state.merchants[merchant]
        for algorithm in ALGORITHMS:
            async with _client(sandbox, merchant, algorithm) as client:
                me = await client.me.get()
                assert me.client_id == state.client_id
                assert me.merchants[0].id == state.merchant_id
                assert me.merchants[0].return_origins == state.return_origins
                assert set(me.scopes) == set(state.scope.split())
                balance = await client.accounts.balance(state.account_id)
                assert balance.available.value == MERCHANTS[merchant].funds_minor


async def test_it_starts_keeps_its_data_and_its_secrets(options: SandboxOptions) -> None:
    async with opened_sandbox(options) as first:
        before = StateFile(options.state_file).read()
        paid = await _pay_between_merchants(first, "one")
        assert paid.status == "succeeded"
    async with opened_sandbox(options) as second:
        after = StateFile(options.state_file).read()
        assert (after.merchants, after.customers) == (before.merchants, before.customers)
        async with _client(second, 1) as client:
            again = await client.payments.get(paid.id)
            balance = await client.accounts.balance(after.merchants[1].account_id)
        assert again == paid
        # The opening deposit was not made twice.
        assert balance.available.value == MERCHANTS[1].funds_minor - 12_345
        async with second.foundation.reader.snapshot() as snapshot:
            assert (await verify(snapshot)).findings == ()


async def test_a_seed_repeats_ids_and_never_secrets(sqlite_options: SandboxOptions) -> None:
    folder = sqlite_options.state_file.parent
    seen = []
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        options = replace(
            sqlite_options,
            database_url=f"sqlite:///{folder / name}.db",
            state_file=folder / f"{name}.json",
            seed=seed,
        )
        async with opened_sandbox(options) as sandbox:
            payment = await _pay_between_merchants(sandbox, "one")
            seen.append((sandbox.state, payment.id))
    (a, paid_a), (b, paid_b), (c, paid_c) = seen
    assert paid_a == paid_b != paid_c
    for one, two, other in zip(a.merchants, b.merchants, c.merchants, strict=True):
        assert (one.client_id, one.merchant_id, one.account_id) == (two.client_id, two.merchant_id, two.account_id)
        assert one.merchant_id != other.merchant_id
        assert one.private_jwks != two.private_jwks
    for buyer, same in zip(a.customers, b.customers, strict=True):
        assert (buyer.login, buyer.account_ids) == (same.login, same.account_ids)
        assert buyer.password != same.password


async def test_a_seed_goes_on_behind_what_is_stored(options: SandboxOptions) -> None:
    seeded = replace(options, seed=7)
    async with opened_sandbox(seeded) as sandbox:
        first = await _pay_between_merchants(sandbox, "one")
    async with opened_sandbox(seeded) as sandbox:
        second = await _pay_between_merchants(sandbox, "two")
        assert second.id > first.id
        assert second.status == "succeeded"


async def test_a_start_that_was_cut_off_is_taken_up_again(
    sqlite_options: SandboxOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut_off(*_: object) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as patched:
        patched.setattr("tongbao_sandbox.fill._Filler.customer", cut_off)
        with pytest.raises(ConnectionResetError):
            async with opened_sandbox(sqlite_options):
                pass
    assert not sqlite_options.state_file.exists()
    kept = StateFile(sqlite_options.state_file).kept()
    assert kept is not None
    async with opened_sandbox(sqlite_options) as sandbox:
        assert sandbox.state.merchants == kept.merchants
        async with _client(sandbox) as client:
            balance = await client.accounts.balance(kept.merchants[0].account_id)
        assert balance.posted.value == MERCHANTS[0].funds_minor


async def test_one_file_of_secrets_serves_two_databases(sqlite_options: SandboxOptions) -> None:
    async with opened_sandbox(sqlite_options) as sandbox:
        first = sandbox.state
    other = replace(sqlite_options, database_url=sqlite_options.database_url.replace("sandbox.db", "other.db"))
    async with opened_sandbox(other) as sandbox:
        assert sandbox.state.merchants == first.merchants


async def test_secrets_that_are_gone_or_foreign_are_told(sqlite_options: SandboxOptions) -> None:
    async with opened_sandbox(sqlite_options):
        pass
    file = sqlite_options.state_file
    kept = file.read_bytes()
    file.unlink()
    with pytest.raises(SandboxRefused, match="are gone"):
        async with opened_sandbox(sqlite_options):
            pass
    elsewhere = replace(sqlite_options, database_url=sqlite_options.database_url.replace("sandbox.db", "other.db"))
    async with opened_sandbox(elsewhere):
        pass
    with pytest.raises(SandboxRefused, match="belongs to another database"):
        async with opened_sandbox(sqlite_options):
            pass
    # What was refused took nothing away.
    assert file.exists()
    assert file.read_bytes() != kept


@pytest.mark.parametrize("origin", ["https://shop.example/", "shop.example", "http://127.0.0.1:9/done"])
async def test_what_is_no_origin_is_refused(sqlite_options: SandboxOptions, origin: str) -> None:
    with pytest.raises(SandboxRefused, match="no origin"):
        async with opened_sandbox(replace(sqlite_options, return_origins=(origin,))):
            pass


async def test_return_origins_are_chosen_when_it_is_filled(sqlite_options: SandboxOptions) -> None:
    chosen = replace(sqlite_options, return_origins=("http://127.0.0.1:9",))
    async with opened_sandbox(chosen) as sandbox:
        assert "http://127.0.0.1:9" in sandbox.state.merchants[0].return_origins
    async with opened_sandbox(chosen):
        pass
    with pytest.raises(SandboxRefused, match="return origins are registered"):
        async with opened_sandbox(replace(chosen, return_origins=("http://127.0.0.1:10",))):
            pass


async def test_a_taken_port_is_refused_before_anything_happens(sqlite_options: SandboxOptions) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SandboxRefused, match="cannot listen"):
            async with opened_sandbox(replace(sqlite_options, port=taken.getsockname()[1])):
                pass
    assert list(sqlite_options.state_file.parent.iterdir()) == []


@pytest.mark.parametrize("rate_limit", [True, False])
async def test_limits_can_be_lifted(sqlite_options: SandboxOptions, rate_limit: bool) -> None:
    async with opened_sandbox(replace(sqlite_options, rate_limit=rate_limit)) as sandbox:
        async with _client(sandbox) as client:
            answer = await client.me.with_raw_response.get()
        assert ("ratelimit" in answer.headers) is rate_limit
