"""Which paths exist, and with which methods: read from the operations and from the framework's own routes."""

from collections.abc import Iterable, Sequence

import msgspec

from tongbao_platform.http.operation_spec import OperationSpec


class RouteEntry(msgspec.Struct, frozen=True):
    """A path with its methods; an operation stands behind those of the API."""

    template: str
    methods: dict[str, OperationSpec | None]

    @property
    def allow(self) -> str:
        """The value of the Allow header."""
        return ", ".join(sorted(self.methods))


class RouteTable:
    """Finds the entry of a path: by its exact text, else by its segments."""

    def __init__(self, routes: Iterable[tuple[str, str, OperationSpec | None]]) -> None:
        """Take ``(method, template, operation)``; ``{name}`` is one segment, a last ``{name:path}`` is all the rest."""
        entries: dict[str, dict[str, OperationSpec | None]] = {}
        for method, template, operation in routes:
            entries.setdefault(template, {})[method] = operation
        self._fixed: dict[str, RouteEntry] = {}
        self._variable: dict[int, list[tuple[list[str], RouteEntry]]] = {}
        self._rest: list[tuple[str, RouteEntry]] = []
        for template, methods in entries.items():
            self._add(RouteEntry(template, methods))
        for candidates in self._variable.values():
            # A fixed segment is preferred to a variable one, from the left.
            candidates.sort(key=lambda candidate: [segment.startswith("{") for segment in candidate[0]])

    def find(self, path: str) -> tuple[RouteEntry, dict[str, str]] | None:
        """Return the entry for ``path`` as sent, and the values of its variable segments."""
        entry = self._fixed.get(path)
        if entry is not None:
            return entry, {}
        if "%" in path:
            return None
        segments = path.split("/")
        for pattern, candidate in self._variable.get(len(segments), ()):
            values = _match(pattern, segments)
            if values is not None:
                return candidate, values
        for prefix, candidate in self._rest:
            if path.startswith(prefix) and _plain(path[len(prefix) :]):
                return candidate, {}
        return None

    def _add(self, entry: RouteEntry) -> None:
        template = entry.template
        if "{" not in template:
            self._fixed[template] = entry
        elif template.endswith(":path}"):
            self._rest.append((template[: template.rindex("{")], entry))
        else:
            segments = template.split("/")
            self._variable.setdefault(len(segments), []).append((segments, entry))


def operation_routes(operations: Sequence[OperationSpec]) -> list[tuple[str, str, OperationSpec | None]]:
    """Return the routes of ``operations``."""
    return [(operation.method, operation.path, operation) for operation in operations]


def _match(pattern: list[str], segments: list[str]) -> dict[str, str] | None:
    values: dict[str, str] = {}
    for expected, actual in zip(pattern, segments, strict=True):
        if expected.startswith("{"):
            if not actual:
                return None
            values[expected[1:-1]] = actual
        elif expected != actual:
            return None
    return values


def _plain(rest: str) -> bool:
    return bool(rest) and all(segment not in ("", ".", "..") for segment in rest.split("/"))
