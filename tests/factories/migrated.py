"""The one place where tests turn an empty database into one with all tables."""

from tests.factories.run_apart import run_apart
from tongbao_platform.execution import records
from tongbao_platform.processes.catalogue import metadata
from tongbao_platform.storage.migrate import migrate

# Tables register themselves when their module is imported; the catalogue names the others.
ALWAYS_PRESENT = (records.AUDIT_TABLE, records.EVIDENCE_TABLE)


def migrate_template(url: str) -> None:
    """Bring the empty database of ``url`` to the newest revision, stamped sandbox."""
    run_apart(lambda: migrate(url, "sandbox", metadata()))
