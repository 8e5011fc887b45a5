"""Key-encryption keys: where they come from, and which of them seals now.

A keyring is written ``<id>:<base64url of 32 octets>``, entries separated by commas or line ends; the first one is
active, the others still open what they sealed. Lines that start with ``#`` are comments.
"""

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Protocol

import msgspec

from tongbao_platform.identity.jose import base64url

KEK_BYTES: Final = 32
KEYRING_VARIABLE: Final = "TONGBAO_KEYRING"
_MAX_FILE_BYTES: Final = 64 * 1024
_ID = re.compile(r"[a-z0-9-]{1,32}")


class KeyringRefused(RuntimeError):
    """There is no usable key-encryption key; the message says where one was expected, and quotes none."""


class Keyring(msgspec.Struct, frozen=True):
    """Several key-encryption keys of 256 bits, one of them active."""

    active_id: str
    keys: Mapping[str, bytes]

    def __post_init__(self) -> None:
        if self.active_id not in self.keys:
            raise KeyringRefused("the active key-encryption key is not in the keyring")
        for kek_id, key in self.keys.items():
            if _ID.fullmatch(kek_id) is None or len(key) != KEK_BYTES:
                raise KeyringRefused("a key-encryption key has an id of a-z, 0-9 and - and 32 octets")

    def __repr__(self) -> str:
        return f"Keyring(active_id={self.active_id!r}, ids={sorted(self.keys)!r})"


class KeyringSource(Protocol):
    """Where a keyring is kept."""

    def load(self) -> Keyring:
        """Return the keyring; ``KeyringRefused`` when there is none or it is not well-formed."""
        ...


class EnvironmentKeyring:
    """A keyring in an environment variable; the variables are handed in."""

    def __init__(self, environment: Mapping[str, str], name: str = KEYRING_VARIABLE) -> None:
        self._environment = environment
        self._name = name

    def load(self) -> Keyring:
        """Return the keyring in the variable."""
        text = self._environment.get(self._name, "")
        if not text.strip():
            raise KeyringRefused(f"the environment variable {self._name} holds no key-encryption key")
        return parse_keyring(text)


class FileKeyring:
    """A keyring in a file that only its owner and group may read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Keyring:
        """Return the keyring in the file."""
        try:
            with self._path.open("rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                raw = file.read(_MAX_FILE_BYTES + 1)
        except OSError as error:
            raise KeyringRefused(f"the keyring file {self._path} cannot be read: {error.strerror}") from error
        if mode & 0o007:
            raise KeyringRefused(f"the keyring file {self._path} is open to everybody: chmod 600 it")
        if len(raw) > _MAX_FILE_BYTES or not raw.isascii():
            raise KeyringRefused(f"the keyring file {self._path} is not a keyring")
        return parse_keyring(raw.decode("ascii"))


def parse_keyring(text: str) -> Keyring:
    """Return the keyring written in ``text``; ``KeyringRefused`` for an empty, malformed or ambiguous one."""
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    entries = [entry.strip() for line in lines for entry in line.split(",") if entry.strip()]
    keys: dict[str, bytes] = {}
    for entry in entries:
        kek_id, _, encoded = entry.partition(":")
        if kek_id in keys:
            raise KeyringRefused("the keyring has two keys with one id")
        try:
            keys[kek_id] = base64url.decode(encoded)
        except ValueError:
            # Not chained, not quoted: it may be a key with a slip of the pen.
            raise KeyringRefused("a keyring entry is written id:base64url-of-32-octets") from None
    if not keys:
        raise KeyringRefused("the keyring has no key")
    return Keyring(active_id=next(iter(keys)), keys=keys)


def live_keyring(source: KeyringSource | None) -> Keyring:
    """Return the keyring of a live server, which never makes one for itself.

    ``KeyringRefused``, and so no start, when none is configured: a key made here would be lost with the machine, and
    every secret in the database with it.
    """
    if source is None:
        raise KeyringRefused(
            f"a live server needs a key-encryption key: set {KEYRING_VARIABLE}, or name a keyring file, "
            "with an entry id:base64url-of-32-random-octets"
        )
    return source.load()


def sandbox_keyring(source: KeyringSource | None, path: Path) -> Keyring:
    """Return the sandbox's keyring: the configured one, else the one kept at ``path``, made there at first.

    The file is created with mode 0600; of two processes that start at once, one makes it and both read it.
    """
    if source is not None:
        return source.load()
    if not path.exists():
        _create(path, f"sandbox:{base64url.encode(secrets.token_bytes(KEK_BYTES))}\n")
    return FileKeyring(path).load()


def _create(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written aside and linked into place: whoever finds the file finds all of it, and never replaces it.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return
    finally:
        draft.unlink()
