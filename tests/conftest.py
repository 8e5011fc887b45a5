"""What every test may ask for, and the settings that hold for all of them."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, settings

from tests.factories.database import PostgresDatabases, SqliteDatabases, leave_empty
from tests.factories.migrated import migrate_template
from tests.factories.postgres_cluster import PostgresCluster

# No deadlines: how long an example takes says something about the machine, not about the code.
settings.register_profile("default", deadline=None)
settings.register_profile(
    "ci", deadline=None, derandomize=True, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

ENGINES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql))
ClusterFactory = Callable[..., PostgresCluster]


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    """Return the maker of migrated SQLite files."""
    return SqliteDatabases(tmp_path_factory.mktemp("sqlite"), migrate_template)


@pytest.fixture(scope="session")
def postgresql_databases() -> Iterator[PostgresDatabases]:
    """Return the maker of migrated PostgreSQL databases."""
    databases = PostgresDatabases(prepare=migrate_template)
    yield databases
    databases.close()


@pytest.fixture(scope="session")
def empty_sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    """Return the maker of SQLite files without a table."""
    return SqliteDatabases(tmp_path_factory.mktemp("empty_sqlite"), leave_empty)


@pytest.fixture(scope="session")
def empty_postgresql_databases() -> Iterator[PostgresDatabases]:
    """Return the maker of PostgreSQL databases without a table."""
    databases = PostgresDatabases(prepare=leave_empty)
    yield databases
    databases.close()


@pytest.fixture
def sqlite_url(sqlite_databases: SqliteDatabases) -> Iterator[str]:
    """Give a fresh, migrated SQLite database."""
    with sqlite_databases.fresh() as url:
        yield url


@pytest.fixture
def postgresql_url(postgresql_databases: PostgresDatabases) -> Iterator[str]:
    """Give a fresh, migrated PostgreSQL database."""
    with postgresql_databases.fresh() as url:
        yield url


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest) -> str:
    """Give a fresh, migrated database; the test runs once on SQLite and once on PostgreSQL."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=ENGINES)
def empty_database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give a database without a table; the test runs once on SQLite and once on PostgreSQL."""
    databases: SqliteDatabases | PostgresDatabases = request.getfixturevalue(f"empty_{request.param}_databases")
    with databases.fresh() as url:
        yield url


@pytest.fixture
def postgres_cluster() -> Iterator[ClusterFactory]:
    """Give a function that starts a PostgreSQL server of the test's own; all are removed at the end.

    Its keywords are server settings, e.g. ``postgres_cluster(synchronous_commit="off")``.
    """
    with ExitStack() as stack:

        def start(**settings_of_server: str) -> PostgresCluster:
            return stack.enter_context(PostgresCluster(settings_of_server))

        yield start
