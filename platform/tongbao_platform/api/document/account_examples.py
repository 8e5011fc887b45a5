"""Examples of the operations on accounts."""

from typing import Any, Final

from tongbao_platform.api.document.example_values import money, only, page
from tongbao_platform.api.v1.values import id_sample

_ACCOUNT_ID: Final = id_sample("acc")
_PAYMENT_ID: Final = id_sample("pay")
_CREATED: Final = "2026-11-22T10:00:00.000Z"
_ACCOUNT: Final = {
    "id": _ACCOUNT_ID,
    "object": "account",
    "livemode": False,
    "revision": 8,
    "kind": "merchant",
    "currency": "CNY",
    "status": "open",
    "metadata": {},
    "created_at": _CREATED,
}
TRANSACTION: Final = {
    "id": id_sample("txn"),
    "object": "transaction",
    "livemode": False,
    "account_id": _ACCOUNT_ID,
    "seq": 7,
    "amount": money(-12),
    "balance_after": money(101987),
    "type": "fee",
    "reference": {"type": "payment", "id": _PAYMENT_ID},
    "description": "Fee",
    "occurred_at": _CREATED,
    "business_date": "2026-11-22",
}

ACCOUNT_EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "accounts.list": {"response": only("page", page(_ACCOUNT))},
    "accounts.get": {"response": only("account", _ACCOUNT)},
    "accounts.balance": {
        "response": only(
            "balance",
            {
                "account_id": _ACCOUNT_ID,
                "object": "balance",
                "posted": money(101987),
                "available": money(101987),
                "held": money(0),
                "as_of": _CREATED,
            },
        )
    },
    "accounts.transactions": {"response": only("page", page(TRANSACTION))},
    "accounts.daily_balances": {
        "response": only(
            "page",
            page(
                {
                    "object": "daily_balance",
                    "livemode": False,
                    "account_id": _ACCOUNT_ID,
                    "business_date": "2026-11-21",
                    "opening": money(100000),
                    "debits": money(12),
                    "credits": money(1999),
                    "closing": money(101987),
                    "entries": 2,
                    "first_seq": 6,
                    "last_seq": 7,
                }
            ),
        )
    },
}
