"""Fills the databases of the growth test, a process of its own: ``python -m benchmarks.growth_population``.

It reads an ``Order`` (JSON) from standard input and writes the ``Population`` (JSON). Real payments go, signed, through
the whole application into the smaller database; a copy of that is then multiplied (see ``multiply``).
"""

import asyncio
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import asyncpg
import msgspec
import uvloop

from benchmarks import multiply
from benchmarks.in_process import application, signed
from benchmarks.population import MERCHANTS, Population, populate, settings_of
from tests.factories.database import execute
from tongbao_platform.processes.foundation import open_foundation

_PORT: Final = 8080
_PORTION: Final = 2_000
_TOLD_EVERY: Final = 25


class Order(msgspec.Struct, frozen=True):
    """``payments`` real ones for the database ``small``, and those with ``copies`` of each for ``large``."""

    small: str
    large: str
    payments: int
    copies: int


async def fill(order: Order, merchants: int = MERCHANTS) -> Population:
    """Make the real payments."""
    settings = settings_of(order.small, _PORT)
    population = await populate(settings, merchants)
    with tempfile.TemporaryDirectory() as folder:
        async with open_foundation(settings) as foundation, application(foundation, Path(folder)) as app:
            callers = await app.callers(population)
            for done in range(0, order.payments, _PORTION):
                await app.play(signed(callers, population, min(_PORTION, order.payments - done)))
    return population


def multiply_sqlite(order: Order) -> None:
    """Copy the file and multiply what is in it; durability is of no interest before the end."""
    small, path = (url.removeprefix("sqlite:///") for url in (order.small, order.large))
    with closing(sqlite3.connect(small)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copyfile(small, path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for setting in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-1000000", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {setting}")
        connection.execute("BEGIN")
        for statement in multiply.prepare():
            connection.execute(statement)
        [oldest] = connection.execute("SELECT min(id) FROM payment").fetchone()
        for statement in _copies(order, oldest):
            connection.execute(statement)
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode=WAL")


async def multiply_postgresql(order: Order) -> None:
    """Copy the database and multiply what is in it; both are vacuumed and analysed, as autovacuum would in time."""
    name = urlsplit(order.small).path.strip("/")
    server = order.small.removesuffix(name) + "postgres"
    execute(server, f"CREATE DATABASE {urlsplit(order.large).path.strip('/')} TEMPLATE {name}")
    settings = {"synchronous_commit": "off", "work_mem": "64MB", "temp_buffers": "64MB"}
    connection = await asyncpg.connect(order.large, server_settings=settings)
    try:
        for statement in multiply.prepare():
            await connection.execute(statement)
        oldest = await connection.fetchval("SELECT min(id) FROM payment")
        for statement in _copies(order, oldest):
            await connection.execute(statement)
    finally:
        await connection.close()
    for url in (order.small, order.large):
        connection = await asyncpg.connect(url)
        try:
            await connection.execute("VACUUM (ANALYZE)")
        finally:
            await connection.close()


def _copies(order: Order, oldest: str) -> Iterator[str]:
    for number in range(1, order.copies + 1):
        yield from multiply.copy(number, multiply.code_of(oldest))
        if number % _TOLD_EVERY == 0:
            print(f"  {order.large.partition(':')[0]}: {number} of {order.copies} copies", file=sys.stderr, flush=True)
    yield multiply.settle(order.copies)


def main() -> None:
    """Do what the order says."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    population = uvloop.run(fill(order))
    if order.large.startswith("sqlite:"):
        multiply_sqlite(order)
    else:
        asyncio.run(multiply_postgresql(order))
    print(msgspec.json.encode(population).decode())


if __name__ == "__main__":
    main()
