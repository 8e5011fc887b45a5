"""The pages' few static files, read once, served under names that change with their content.

A handler serves ``GET /static/{name}``: ``find_static(name)`` gives body and headers, or None for 404.
"""

import hashlib
from importlib.resources import files
from typing import Final

import msgspec

STATIC_PREFIX: Final = "/static/"

_MEDIA_TYPES: Final = {"css": "text/css; charset=utf-8", "svg": "image/svg+xml"}
_SERVED: Final = ("checkout.css", "mark.svg")


class StaticFile(msgspec.Struct, frozen=True):
    """One served file; ``name`` carries the first 16 hexadecimal digits of the body's SHA-256."""

    name: str
    body: bytes
    headers: tuple[tuple[str, str], ...]


def static_source(name: str) -> bytes:
    """Return the bytes of the file called ``name`` in the package's ``static`` folder."""
    return files("tongbao_platform.web").joinpath("static", name).read_bytes()


def _load(name: str) -> StaticFile:
    body = static_source(name)
    stem, _, ending = name.rpartition(".")
    headers = (
        ("Content-Type", _MEDIA_TYPES[ending]),
        ("Cache-Control", "public, max-age=31536000, immutable"),
        ("X-Content-Type-Options", "nosniff"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    )
    return StaticFile(f"{stem}.{hashlib.sha256(body).hexdigest()[:16]}.{ending}", body, headers)


_BY_SOURCE: Final = {name: _load(name) for name in _SERVED}
_BY_NAME: Final = {file.name: file for file in _BY_SOURCE.values()}


def static_url(source_name: str) -> str:
    """Return the address of a served file by its source name, e.g. ``/static/checkout.0123456789abcdef.css``."""
    return STATIC_PREFIX + _BY_SOURCE[source_name].name


def find_static(name: str) -> StaticFile | None:
    """Return the file served under ``name`` (content hash included), or None."""
    return _BY_NAME.get(name)
