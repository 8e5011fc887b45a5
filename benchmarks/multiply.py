"""Makes many stored payments out of some: the rows that real payments left are copied under other ids, set by set.

What comes out are books that the verifier accepts: each copy continues its accounts' numbering and balances. By their
ids copies are older, each by 12 days (ids begin with their time), so that new rows land behind them as in real life;
texts that a caller chose or drew keep their random beginning. The entries of copies have the time of the last real
one, for an account's entries never go back in time.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from tongbao_platform.processes.catalogue import metadata

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
# The second to the fourth of an id's 26 characters: 2 ** 30 ms, about 12 days, a step. SQL counts from 1.
_ID_AT: Final = 6
_TEXT_AT: Final = 5
_CODE: Final = 3


class Copied(msgspec.Struct, frozen=True):
    """A table whose rows are copied: which of them, and which columns change as ids and as chosen texts."""

    where: str
    ids: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()


TABLES: Final[Mapping[str, Copied]] = {
    "payment": Copied("true", frozenset({"id"}), frozenset({"merchant_order_no"})),
    "ledger_transfer": Copied("reference_type = 'payment'", frozenset({"id", "group_id", "reference_id"})),
    "event": Copied("subject_type = 'payment'", frozenset({"id", "subject_id"})),
    "claim": Copied("kind IN ('merchant_order_no', 'idempotency', 'jti')", frozenset({"ref"}), frozenset({"value"})),
    "idempotency_answer": Copied("true", texts=frozenset({"key"})),
    "request_evidence": Copied("true", frozenset({"id"}), frozenset({"jti"})),
}
# Read once; entries are numbered anew and need their accounts' sums.
_ENTRIES: Final = "ledger_entry"
COPIED_TABLES: Final = (*TABLES, _ENTRIES)
_OF_PAYMENTS: Final = "transfer_id IN (SELECT id FROM ledger_transfer WHERE reference_type = 'payment')"


def prepare() -> Iterator[str]:
    """Yield the statements that set the rows to copy apart, in temporary tables of one connection."""
    for name, copied in TABLES.items():
        yield f"CREATE TEMPORARY TABLE copied_{name} AS SELECT * FROM {name} WHERE {copied.where}"
    yield f"CREATE TEMPORARY TABLE copied_{_ENTRIES} AS SELECT * FROM {_ENTRIES} WHERE {_OF_PAYMENTS}"
    yield (
        "CREATE TEMPORARY TABLE copied_account AS SELECT account_id, count(*) AS entries,"
        " CAST(sum(amount_minor) AS bigint) AS moved,"
        " CAST(sum(CASE WHEN amount_minor > 0 THEN amount_minor ELSE 0 END) AS bigint) AS credits,"
        " CAST(sum(CASE WHEN amount_minor < 0 THEN -amount_minor ELSE 0 END) AS bigint) AS debits,"
        " max(occurred_at) AS last_at"
        f" FROM copied_{_ENTRIES} GROUP BY account_id"
    )


def copy(number: int, newest_code: str) -> Iterator[str]:
    """Yield the statements of the copy ``number`` (from 1); ``newest_code`` is ``code_of`` the oldest payment."""
    code = _earlier(newest_code, number)
    for name, copied in TABLES.items():
        columns = [column.name for column in metadata().tables[name].columns]
        values = [_value(column, copied, code) for column in columns]
        yield f"INSERT INTO {name} ({', '.join(columns)}) SELECT {', '.join(values)} FROM copied_{name}"
    changed = {
        "seq": f"e.seq + {number} * a.entries",
        "transfer_id": _replaced("e.transfer_id", _ID_AT, code),
        "balance_after_minor": f"e.balance_after_minor + {number} * a.moved",
        "occurred_at": "a.last_at",
    }
    columns = [column.name for column in metadata().tables[_ENTRIES].columns]
    values = [changed.get(column, f"e.{column}") for column in columns]
    yield (
        f"INSERT INTO {_ENTRIES} ({', '.join(columns)}) SELECT {', '.join(values)}"
        f" FROM copied_{_ENTRIES} e JOIN copied_account a ON a.account_id = e.account_id"
    )


def settle(copies: int) -> str:
    """Return the statement that brings the accounts' balances up to ``copies``."""

    def more(column: str) -> str:
        return f"{copies} * (SELECT a.{column} FROM copied_account a WHERE a.account_id = ledger_account.id)"

    return (
        f"UPDATE ledger_account SET seq = seq + {more('entries')}, posted_credits = posted_credits + {more('credits')},"
        f" posted_debits = posted_debits + {more('debits')} WHERE id IN (SELECT account_id FROM copied_account)"
    )


def code_of(payment_id: str) -> str:
    """Return the characters of an id that its copies have in another form."""
    return payment_id[_ID_AT - 1 : _ID_AT - 1 + _CODE]


def _earlier(code: str, steps: int) -> str:
    value = 0
    for character in code:
        value = value << 5 | _ALPHABET.index(character)
    value -= steps
    if value < 0:
        raise ValueError("an id cannot be that old")
    return "".join(_ALPHABET[value >> shift & 31] for shift in (10, 5, 0))


def _value(column: str, copied: Copied, code: str) -> str:
    if column in copied.ids:
        return _replaced(column, _ID_AT, code)
    if column in copied.texts:
        # No text that a caller drew has a tilde: a copy is never what another one was.
        return _replaced(column, _TEXT_AT, f"~{code}")
    return column


def _replaced(column: str, place: int, code: str) -> str:
    return f"substr({column}, 1, {place - 1}) || '{code}' || substr({column}, {place + _CODE})"
