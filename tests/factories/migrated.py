"""The one place where tests turn an empty database into one with all tables."""

import asyncio

from tongbao_platform.processes.catalogue import metadata
from tongbao_platform.storage.migrate import migrate


def migrate_template(url: str) -> None:
    """Bring the empty database of ``url`` to the newest revision, stamped sandbox."""
    asyncio.run(migrate(url, "sandbox", metadata()))
