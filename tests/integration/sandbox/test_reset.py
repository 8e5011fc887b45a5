"""Reset deletes a sandbox, and nothing else."""

import pytest

from tests.factories.database import execute
from tongbao_platform.processes.catalogue import metadata
from tongbao_platform.storage.database import DatabaseBusy
from tongbao_platform.storage.migrate import current_revision, migrate
from tongbao_platform.storage.stamp import WrongStamp
from tongbao_sandbox.open import opened_sandbox
from tongbao_sandbox.options import SandboxOptions, SandboxRefused
from tongbao_sandbox.reset import reset


async def test_reset_deletes_data_and_credentials_and_the_next_run_begins_anew(options: SandboxOptions) -> None:
    async with opened_sandbox(options) as sandbox:
        before = sandbox.state
    told = await reset(options)
    assert "begins anew" in told
    assert not options.state_file.exists()
    assert await current_revision(options.database_url) is None
    async with opened_sandbox(options) as sandbox:
        assert sandbox.state.merchants[0].merchant_id != before.merchants[0].merchant_id


async def test_a_live_database_is_never_reset(options: SandboxOptions) -> None:
    await migrate(options.database_url, "live", metadata())
    options.state_file.write_text("{}")
    with pytest.raises(WrongStamp):
        await reset(options)
    assert await current_revision(options.database_url) is not None
    assert options.state_file.exists()


async def test_a_live_database_is_never_filled(options: SandboxOptions) -> None:
    await migrate(options.database_url, "live", metadata())
    with pytest.raises(WrongStamp):
        async with opened_sandbox(options):
            pass


async def test_a_running_sandbox_is_not_reset(options: SandboxOptions) -> None:
    async with opened_sandbox(options) as sandbox:
        with pytest.raises((DatabaseBusy, SandboxRefused), match="in use"):
            await reset(options)
        assert options.state_file.exists()
        assert sandbox.state.merchants


async def test_reset_without_data_says_so(sqlite_options: SandboxOptions) -> None:
    assert "there was no data" in await reset(sqlite_options)


@pytest.mark.postgresql
async def test_somebody_elses_database_is_left_alone(postgresql_url: str, sqlite_options: SandboxOptions) -> None:
    await reset(SandboxOptions(database_url=postgresql_url, state_file=sqlite_options.state_file))
    execute(postgresql_url, "CREATE TABLE precious (id int)")
    options = SandboxOptions(database_url=postgresql_url, state_file=sqlite_options.state_file)
    with pytest.raises(SandboxRefused, match="nothing was deleted"):
        await reset(options)
    assert execute(postgresql_url, "SELECT count(*) FROM precious")[0][0] == 0
