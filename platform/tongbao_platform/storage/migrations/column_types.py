"""Column types as the revisions need them: frozen here, so that a later change of ours does not rewrite history."""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

ASCII: Final[Any] = sa.String().with_variant(postgresql.VARCHAR(collation="C"), "postgresql")
WORDS: Final[Any] = sa.Text()
WHOLE: Final[Any] = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
FLAG: Final[Any] = sa.Boolean(create_constraint=False)
OCTETS: Final[Any] = sa.LargeBinary().with_variant(postgresql.BYTEA(), "postgresql")
