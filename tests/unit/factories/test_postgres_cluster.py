"""A cluster of a test's own: starts beside the shared server, survives a kill, leaves nothing behind."""

from collections.abc import Callable

import pytest

from tests.factories.database import PostgresDatabases, execute
from tests.factories.postgres_cluster import PostgresCluster

pytestmark = pytest.mark.cluster


def test_starts_with_the_settings_asked_for(postgres_cluster: Callable[..., PostgresCluster]) -> None:
    cluster = postgres_cluster(synchronous_commit="off", max_connections="20")
    rows = execute(cluster.url(), "SELECT current_setting('synchronous_commit'), current_setting('max_connections')")
    assert tuple(rows[0]) == ("off", "20")
    assert cluster.port != 5432


def test_committed_rows_survive_a_kill(postgres_cluster: Callable[..., PostgresCluster]) -> None:
    cluster = postgres_cluster()
    execute(cluster.url(), "CREATE TABLE kept (value int)", "INSERT INTO kept VALUES (7)")
    cluster.kill()
    with pytest.raises(OSError, match="Connect call failed"):
        execute(cluster.url(), "SELECT 1")
    cluster.start()
    assert [row["value"] for row in execute(cluster.url(), "SELECT value FROM kept")] == [7]
    assert "was not properly shut down" in cluster.log()


def test_makes_databases_like_the_shared_server(postgres_cluster: Callable[..., PostgresCluster]) -> None:
    databases = PostgresDatabases(postgres_cluster().server_url)
    with databases.fresh() as url:
        assert execute(url, "SELECT 1 AS one")[0]["one"] == 1


def test_nothing_is_left_after_the_block() -> None:
    with PostgresCluster() as cluster:
        url = cluster.url()
    with pytest.raises(OSError, match="Connect call failed"):
        execute(url, "SELECT 1")
    with pytest.raises(RuntimeError, match="outside its with block"):
        cluster.log()
