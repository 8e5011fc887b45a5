"""The small values that examples are made of."""

from typing import Any


def money(value: int) -> dict[str, Any]:
    """Return an amount in yuan, in minor units."""
    return {"value": value, "currency": "CNY"}


def page(item: dict[str, Any]) -> dict[str, Any]:
    """Return a list's only page, with one item."""
    return {"data": [item], "has_more": False, "next_cursor": None}


def only(name: str, value: dict[str, Any]) -> dict[str, Any]:
    """Return the only example of its kind."""
    return {name: {"value": value}}
