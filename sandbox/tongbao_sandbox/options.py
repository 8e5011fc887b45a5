"""How a sandbox is set up."""

import socket
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

DEFAULT_DATABASE: Final = "sqlite:///var/sandbox.db"
DEFAULT_STATE: Final = Path("var/sandbox.json")
DEFAULT_PORT: Final = 8080


class SandboxRefused(Exception):
    """The sandbox cannot start, or will not do what was asked; the message says why and what to do instead."""


class SandboxOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What may be chosen.

    ``port`` 0 takes a free one. ``base_url`` is the origin as clients spell it, by default where the sandbox listens.
    ``seed`` makes ids and data repeatable. ``return_origins`` are registered beside the usual ones; that happens when
    the sandbox is filled, so a kept one must know them already.
    """

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    base_url: str | None = None
    database_url: str = DEFAULT_DATABASE
    state_file: Path = DEFAULT_STATE
    seed: int | None = None
    rate_limit: bool = True
    return_origins: tuple[str, ...] = ()

    @property
    def shown_database(self) -> str:
        """The database's address without its password."""
        return make_url(self.database_url).render_as_string(hide_password=True)


def check_database(url: str) -> None:
    """Refuse what names no database a sandbox can use."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is None or parsed.get_backend_name() not in ("sqlite", "postgresql") or not parsed.database:
        raise SandboxRefused("a database URL is sqlite:///path or postgresql://user@host/name")


def free_port(host: str, port: int) -> int:
    """Return ``port``, or a free one for 0; ``SandboxRefused`` when somebody else listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SandboxRefused(
                f"cannot listen on {host}:{port} ({error.strerror}); --port 0 takes a free port"
            ) from error
        found: int = probe.getsockname()[1]
        return found


def origin_on_this_machine(host: str, port: int) -> str:
    """Return the origin under which a browser on this machine reaches ``host`` and ``port``."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - a name to compare with
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


def is_origin(text: str) -> bool:
    """Tell whether ``text`` is scheme, host and maybe port, and nothing else."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and text == f"{parts.scheme}://{parts.netloc}"
