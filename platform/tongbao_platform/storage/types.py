"""Column types that mean the same on SQLite and PostgreSQL."""

from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, Boolean, LargeBinary, String, Text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeDecorator, TypeEngine

# Ids and codes are ASCII: byte order ("C") makes their indexes smaller and faster, and equal on both databases.
Id: Final[TypeEngine[str]] = String().with_variant(postgresql.VARCHAR(collation="C"), "postgresql")
Code: Final[TypeEngine[str]] = Id
Words: Final[TypeEngine[str]] = Text()
Minor: Final[TypeEngine[int]] = BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
Count: Final[TypeEngine[int]] = Minor
Time: Final[TypeEngine[int]] = Minor
Flag: Final[TypeEngine[bool]] = Boolean(create_constraint=False)
Octets: Final[TypeEngine[bytes]] = LargeBinary().with_variant(postgresql.BYTEA(), "postgresql")


class Json(TypeDecorator[Any]):
    """A msgspec value kept as JSON text; ``shape`` is its type and is enforced on the way out."""

    impl = Text
    cache_ok = True

    def __init__(self, shape: Any) -> None:
        super().__init__()
        self.shape = shape
        self.decoder = msgspec.json.Decoder(shape)

    def process_bind_param(self, value: Any, dialect: Any) -> str | None:
        """Encode on the way in."""
        del dialect
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: Any, dialect: Any) -> Any:
        """Decode on the way out."""
        del dialect
        return None if value is None else self.decoder.decode(value)
