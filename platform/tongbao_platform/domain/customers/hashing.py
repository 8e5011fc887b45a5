"""One setting of argon2id (RFC 9106) for passwords and PINs. A call takes tens of milliseconds: run it in a thread."""

from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# 19 MiB, two passes, one lane: many sign-ins at once fit into memory, and each still costs a guesser real work.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16)

# The hash of nothing anybody knows: what an unknown login is compared with, so that it takes as long as a known one.
_NOBODY: Final = _HASHER.hash("\x00nobody has this")


def hash_secret(secret: str) -> str:
    """Return the argon2id string of ``secret`` with a fresh salt."""
    return _HASHER.hash(secret)


def verify_secret(stored_hash: str | None, given: str) -> bool:
    """Tell whether ``given`` is the secret behind ``stored_hash``; without one it works as long and says no."""
    try:
        _HASHER.verify(stored_hash if stored_hash is not None else _NOBODY, given)
    except (VerificationError, InvalidHashError):
        return False
    return stored_hash is not None
