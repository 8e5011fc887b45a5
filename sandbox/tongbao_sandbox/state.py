"""``sandbox.json``: the addresses and every secret a client of the sandbox needs, readable by its owner alone.

While a sandbox starts, the file is called ``sandbox.json.starting``; it gets its name when the sandbox is ready. So
whoever finds ``sandbox.json`` appear may begin, and a start that was cut off is taken up again with the same secrets.
"""

import os
import secrets
from pathlib import Path
from typing import Any

import msgspec

from tongbao_sandbox.options import SandboxRefused


class MerchantState(msgspec.Struct, frozen=True, kw_only=True):
    """A merchant and its client; ``private_jwks`` has one JWK per algorithm, ``scope`` is separated by blanks."""

    client_id: str
    merchant_id: str
    account_id: str
    private_jwks: list[dict[str, Any]]
    scope: str
    return_origins: list[str]


class CustomerState(msgspec.Struct, frozen=True, kw_only=True):
    """A customer and how it proves itself on the bank's pages."""

    login: str
    password: str
    pin: str
    account_ids: list[str]


class SandboxState(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file."""

    base_url: str
    issuer: str
    token_endpoint: str
    jwks_uri: str
    merchants: list[MerchantState]
    customers: list[CustomerState]

    def customer(self, login: str | None) -> CustomerState:
        """Return the customer with this login, or the first one; ``SandboxRefused`` lists those there are."""
        for customer in self.customers:
            if login in (None, customer.login):
                return customer
        known = ", ".join(customer.login for customer in self.customers)
        raise SandboxRefused(f"there is no customer {login}; there are {known}")


def with_addresses(state: SandboxState, base_url: str) -> SandboxState:
    """Return ``state`` for a sandbox that answers at ``base_url``."""
    return msgspec.structs.replace(
        state,
        base_url=base_url,
        issuer=base_url,
        token_endpoint=f"{base_url}/oauth/token",
        jwks_uri=f"{base_url}/.well-known/jwks.json",
    )


class StateFile:
    """The file at ``path`` and its name while the sandbox starts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._starting = path.with_name(f"{path.name}.starting")

    def read(self) -> SandboxState:
        """Return what a ready sandbox wrote; ``SandboxRefused`` when there is none."""
        state = _read(self.path)
        if state is None:
            raise SandboxRefused(f"{self.path} is not there; start a sandbox with: tongbao-sandbox run")
        return state

    def kept(self) -> SandboxState | None:
        """Return what an earlier start left, finished or not."""
        return _read(self.path) or _read(self._starting)

    def write_starting(self, state: SandboxState) -> None:
        """Keep ``state`` before anything of it is in the database, and hide the file until the sandbox is ready."""
        _write(self._starting, state)
        self.path.unlink(missing_ok=True)

    def publish(self) -> None:
        """Let others see what ``write_starting`` kept."""
        self._starting.replace(self.path)

    def delete(self) -> None:
        """Forget everything."""
        self.path.unlink(missing_ok=True)
        self._starting.unlink(missing_ok=True)


def _read(path: Path) -> SandboxState | None:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        return msgspec.json.decode(raw, type=SandboxState)
    except msgspec.MsgspecError as error:
        # Not chained: the text holds private keys.
        raise SandboxRefused(f"{path} is no sandbox file ({error}); tongbao-sandbox reset begins anew") from None


def _write(path: Path, state: SandboxState) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(state), indent=2) + b"\n")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
