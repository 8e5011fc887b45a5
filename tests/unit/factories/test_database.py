"""The fixtures every storage test stands on: fresh, separate, gone afterwards."""

import sqlite3
from pathlib import Path

import asyncpg
import pytest

from tests.factories.database import PostgresDatabases, SqliteDatabases, execute


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def prepare_sqlite(url: str) -> None:
    connection = sqlite3.connect(path_of(url))
    connection.execute("CREATE TABLE prepared (value INTEGER)")
    connection.close()


def prepare_postgresql(url: str) -> None:
    execute(url, "CREATE TABLE prepared (value INTEGER)")


def test_every_sqlite_file_is_its_own_copy_of_the_template(tmp_path: Path) -> None:
    databases = SqliteDatabases(tmp_path, prepare_sqlite)
    with databases.fresh() as first, databases.fresh() as second:
        assert first != second
        connection = sqlite3.connect(path_of(first))
        connection.execute("INSERT INTO prepared VALUES (1)")
        connection.commit()
        connection.close()
        connection = sqlite3.connect(path_of(second))
        assert connection.execute("SELECT count(*) FROM prepared").fetchone() == (0,)
        connection.close()
    assert not path_of(first).exists()


@pytest.mark.postgresql
def test_every_postgresql_database_is_its_own_copy_of_the_template() -> None:
    databases = PostgresDatabases(prepare=prepare_postgresql)
    try:
        with databases.fresh() as first, databases.fresh() as second:
            execute(first, "INSERT INTO prepared VALUES (1)")
            assert execute(second, "SELECT count(*) AS n FROM prepared")[0]["n"] == 0
    finally:
        databases.close()
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        execute(first, "SELECT 1")


def test_database_url_names_a_database_that_answers(database_url: str) -> None:
    if database_url.startswith("sqlite:///"):
        connection = sqlite3.connect(path_of(database_url))
        assert connection.execute("SELECT 1").fetchone() == (1,)
        connection.close()
    else:
        assert execute(database_url, "SELECT 1 AS one")[0]["one"] == 1


async def test_a_database_can_be_made_for_an_async_test(empty_database_url: str) -> None:
    assert empty_database_url.startswith(("sqlite:///", "postgresql://"))


async def test_sockets_reach_the_loopback_only() -> None:
    # 192.0.2.1 is reserved for documentation (RFC 5737); the guard answers before a packet is sent.
    # It warns before it raises, and warnings are errors here.
    with pytest.raises((UserWarning, RuntimeError), match=r"A test tried to use socket\.socket\.connect"):
        await asyncpg.connect("postgresql://nobody@192.0.2.1:5432/none", timeout=1)
