"""What travels between a session and its database arrives as it was: nothing, the empty text, numbers, many."""

import pytest

from tongbao_platform.execution.records import CLAIMS, ClaimRow
from tongbao_platform.kernel.clock import Instant
from tongbao_platform.storage.database import Database, open_database
from tongbao_platform.storage.session import Lock, WriteSession

ROWS = [
    ClaimRow("change", "", "a", None, Instant(2**53)),
    ClaimRow("jti", "app_1|on behalf", 'it\'s \\ {quoted}, "twice"', None, None),
    ClaimRow("merchant_order_no", "mch_1", "NULL", "pay_1", Instant(0)),
]


async def rounds(database: Database, rows: list[ClaimRow]) -> tuple[set[object], list[ClaimRow], list[ClaimRow]]:
    session: WriteSession = await database.open_session()

    async def work() -> tuple[set[object], list[ClaimRow], list[ClaimRow]]:
        await session.begin()
        fresh = await session.insert_new(CLAIMS, rows)
        keys = [(row.kind, row.scope, row.value) for row in rows]
        loaded = await session.load(CLAIMS, keys, Lock.WAIT)
        await session.delete(CLAIMS, keys[:1])
        left = await session.load(CLAIMS, keys, Lock.NONE)
        await session.commit()
        return set(fresh), loaded, left

    try:
        return await database.perform(work)
    finally:
        await database.perform(session.close)


@pytest.mark.parametrize("count", [1, 2, 3])
async def test_values_arrive_as_they_were(database_url: str, count: int) -> None:
    database = open_database(database_url)
    try:
        fresh, loaded, left = await rounds(database, ROWS[:count])
        assert fresh == {(row.kind, row.scope, row.value) for row in ROWS[:count]}
        assert loaded == ROWS[:count]
        assert left == ROWS[1:count]
    finally:
        await database.close()


@pytest.mark.parametrize("value", ["a\x1fb", "\x1f", "\x1e"])
async def test_a_separator_in_a_code_is_refused_before_it_reaches_postgresql(postgresql_url: str, value: str) -> None:
    database = open_database(postgresql_url)
    try:
        with pytest.raises(ValueError, match="control character"):
            await rounds(database, [ClaimRow("jti", "s", value, "ref", Instant(1))])
    finally:
        await database.close()
