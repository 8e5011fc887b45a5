"""Databases for tests: a fresh SQLite file or a fresh PostgreSQL database, gone at the end of the test.

Migrating takes longer than copying, so each worker prepares one template per engine and copies it for every test.
"""

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg

from tests.factories.run_apart import run_apart

Prepare = Callable[[str], None]

SERVER_URL: Final = os.environ.get("TONGBAO_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432")
_numbers = itertools.count(1)


def leave_empty(url: str) -> None:
    """Prepare nothing: the database of ``url`` stays without a table."""
    del url


def execute(url: str, *statements: str) -> list[Any]:
    """Run statements one by one, each in a transaction of its own, and return the last one's rows."""

    async def work() -> list[Any]:
        connection = await asyncpg.connect(url, timeout=10)
        try:
            rows: list[Any] = []
            for statement in statements:
                rows = await connection.fetch(statement, timeout=60)
            return rows
        finally:
            await connection.close()

    return run_apart(work)


class PostgresDatabases:
    """Makes databases on one server, all of them copies of one prepared template.

    ``server`` is a URL without a database, e.g. ``postgresql://postgres@127.0.0.1:5432``. ``prepare`` is called once
    with the template's URL. Names carry the process id, so that parallel workers never meet.
    """

    def __init__(self, server: str = SERVER_URL, prepare: Prepare = leave_empty) -> None:
        self._server = server
        self._prepare = prepare
        self._template: str | None = None

    def url(self, name: str) -> str:
        """Return the URL of the database ``name``."""
        return f"{self._server}/{name}"

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """Give the URL of a new database and drop it afterwards, connected clients or not."""
        template = self._prepared_template()
        name = self._new_name()
        self._admin(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            yield self.url(name)
        finally:
            self._drop(name)

    def close(self) -> None:
        """Drop the template."""
        if self._template is not None:
            self._drop(self._template)
            self._template = None

    def _prepared_template(self) -> str:
        if self._template is None:
            name = self._new_name()
            # template0 and the C collation: the same order of text on every machine.
            self._admin(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
            self._template = name
            self._prepare(self.url(name))
        return self._template

    def _new_name(self) -> str:
        return f"tongbao_test_{os.getpid()}_{next(_numbers)}"

    def _drop(self, name: str) -> None:
        self._admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _admin(self, statement: str) -> None:
        execute(self.url("postgres"), statement)


class SqliteDatabases:
    """Makes SQLite files, all of them copies of one prepared template below ``directory``."""

    def __init__(self, directory: Path, prepare: Prepare = leave_empty) -> None:
        self._directory = directory
        self._prepare = prepare
        self._template: Path | None = None

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """Give the URL (``sqlite:///absolute/path``) of a new file and delete its folder afterwards."""
        template = self._prepared_template()
        folder = self._directory / f"database_{next(_numbers)}"
        shutil.copytree(template.parent, folder)
        try:
            yield f"sqlite:///{folder / template.name}"
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _prepared_template(self) -> Path:
        if self._template is None:
            folder = self._directory / "template"
            folder.mkdir(parents=True)
            self._template = folder / "tongbao.sqlite"
            self._prepare(f"sqlite:///{self._template}")
        return self._template
