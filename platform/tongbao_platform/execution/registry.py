"""Which row set stores which model. ``processes/wiring.py`` fills it, so that execution imports no domain module."""

from collections.abc import Iterable
from typing import Any

from tongbao_platform.storage.rowset import RowSet


class Registry:
    """Row sets by model class; their tables' names give the one global lock order."""

    def __init__(self, rowsets: Iterable[RowSet[Any]]) -> None:
        self._by_model = {rowset.model: rowset for rowset in rowsets}

    def of(self, model: type[Any]) -> RowSet[Any]:
        """Return the row set of ``model``; an unregistered model is a fault in the wiring."""
        rowset = self._by_model.get(model)
        if rowset is None:
            raise LookupError(f"no store is registered for {model.__name__}")
        return rowset

    def in_lock_order(self, models: Iterable[type[Any]]) -> list[type[Any]]:
        """Sort model classes by table name: every transaction locks in this order."""
        return sorted(models, key=lambda model: self.of(model).table.name)
