"""Customers and sessions on both databases."""

import asyncio

from tests.factories.stored_bank import stored_bank
from tongbao_platform.domain.customers import record_pin_failure, sign_in, sign_out
from tongbao_platform.domain.customers.get import by_login, get, signed_in
from tongbao_platform.domain.customers.record_pin_failure import RecordPinFailure
from tongbao_platform.domain.customers.sign_in import SignIn
from tongbao_platform.domain.customers.sign_out import SignOut, expired

SIGN_IN = SignIn(session_id="ses_1", token_hash=b"hash", customer_id="cus_zhang", password_hash="password-hash")


async def test_a_customer_is_found_by_id_and_login(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        zhang = await by_login(bank.reader, "zhang")
        assert zhang is not None
        assert (zhang.id, zhang.name_masked) == ("cus_zhang", "*三")
        assert await get(bank.reader, "cus_zhang") == zhang
        assert await by_login(bank.reader, "li") is None
        assert await get(bank.reader, "cus_li") is None


async def test_a_session_is_found_until_it_ends(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        result = await bank.run(sign_in, SIGN_IN)
        now = bank.clock.now()
        assert await signed_in(bank.reader, b"hash", now) == result
        assert await signed_in(bank.reader, b"other", now) is None
        ends = result.session.expires_at
        assert await signed_in(bank.reader, b"hash", ends) is None
        assert (await expired(bank.reader, now, 9), await expired(bank.reader, ends, 9)) == ([], ["ses_1"])
        await bank.run(sign_out, SignOut(session_id="ses_1"))
        assert await signed_in(bank.reader, b"hash", now) is None


async def test_parallel_wrong_pins_all_count(database_url: str) -> None:
    async with stored_bank(database_url) as bank:
        wrong = RecordPinFailure(customer_id="cus_zhang", pin_hash="pin-hash")
        results = await asyncio.gather(*(bank.run(record_pin_failure, wrong) for _ in range(20)))
        assert sorted(result.tries_left for result in results) == [0] * 16 + [1, 2, 3, 4]
        zhang = await get(bank.reader, "cus_zhang")
        assert zhang is not None
        assert (zhang.pin_failures, zhang.pin_locked_at) == (5, bank.clock.now())
