"""Which version of the API a request means."""

from typing import Final

VERSIONS: Final = ("2026-11-22",)
LATEST: Final = VERSIONS[-1]
