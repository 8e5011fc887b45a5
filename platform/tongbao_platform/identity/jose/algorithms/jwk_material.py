"""JWK members to ``cryptography`` key objects and back, by ``jwcrypto``."""

from collections.abc import Iterable, Mapping
from typing import cast

from jwcrypto.common import JWException
from jwcrypto.jwk import JWK

from tongbao_platform.identity.jose import base64url
from tongbao_platform.identity.jose.algorithms.port import KeyObject, KeyRefused


def public_object(members: Mapping[str, str]) -> KeyObject:
    """Return the ``cryptography`` public key of ``members``; ``KeyRefused`` when they make none."""
    try:
        return JWK(**members).get_op_key("verify")
    except (JWException, ValueError, TypeError) as error:
        raise KeyRefused("the members do not make a public key") from error


def private_object(members: Mapping[str, str]) -> KeyObject:
    """Return the ``cryptography`` private key of ``members``; ``KeyRefused`` when they make none."""
    try:
        return JWK(**members).get_op_key("sign")
    except (JWException, ValueError, TypeError):
        # Not chained: the cause may carry the private members.
        raise KeyRefused("the members do not make a private key") from None


def generated(**parameters: str | int) -> dict[str, str]:
    """Return the members of a fresh private key."""
    return cast("dict[str, str]", JWK.generate(**parameters).export_private(as_dict=True))


def thumbprint(members: Mapping[str, str]) -> str:
    """Return the RFC 7638 thumbprint: base64url of SHA-256 over the required members."""
    return cast("str", JWK(**members).thumbprint())


def octets(members: Mapping[str, str], name: str, length: int) -> bytes:
    """Return member ``name``, which must be canonical base64url of exactly ``length`` octets (RFC 7518 section 6.2)."""
    value = unsigned(members, name)
    if len(value) != length:
        raise KeyRefused(f"{name} must be {length} octets")
    return value


def unsigned(members: Mapping[str, str], name: str) -> bytes:
    """Return member ``name``, which must be canonical base64url."""
    try:
        return base64url.decode(members[name])
    except ValueError:
        raise KeyRefused(f"{name} is not canonical base64url") from None


def demand_same_public(given: KeyObject, derived: KeyObject) -> None:
    """Refuse a private key whose public members belong to another one."""
    if given != derived:
        raise KeyRefused("the private and public members belong to different keys")


def demand_canonical(members: Mapping[str, str], names: Iterable[str]) -> None:
    """Refuse members that are not canonical base64url."""
    for name in names:
        unsigned(members, name)
