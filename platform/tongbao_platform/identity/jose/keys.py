"""Public and private keys as values, from and to JSON Web Keys (RFC 7517), with thumbprints (RFC 7638)."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import msgspec

from tongbao_platform.identity.jose.algorithms import jwk_material
from tongbao_platform.identity.jose.algorithms.port import Algorithm, KeyObject, KeyRefused
from tongbao_platform.identity.jose.algorithms.registry import ACCEPTED_NAMES, algorithm_for, algorithm_named
from tongbao_platform.identity.jose.strict_json import JsonRefused, parse_object

MAX_JWK_BYTES: Final = 8 * 1024
# Names of private or symmetric material in any registered key type (RFC 7518 sections 6.2 to 6.4, RFC 8037, AKP).
_SECRET_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv", "seed"})
_KID = re.compile(r"[\x21-\x7e]{1,128}")
_PARSED_KEYS_KEPT: Final = 8192


class PublicKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that verifies.

    ``alg`` is the algorithm's registered name; ``jwk`` is the public JWK as canonical JSON text (``kty``, the key's
    members, ``kid``, ``alg``, ``use``), fit for storing and publishing; ``material`` belongs to the algorithm.
    """

    kid: str
    alg: str
    thumbprint: str
    jwk: str
    algorithm: Algorithm
    material: KeyObject

    def __repr__(self) -> str:
        return f"PublicKey(kid={self.kid!r}, alg={self.alg!r}, thumbprint={self.thumbprint!r})"


class SigningKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that signs. It never shows its private half in ``repr``; ``private_jwk`` is for the vault only."""

    public: PublicKey
    private_jwk: str
    material: KeyObject

    @property
    def kid(self) -> str:
        """The key's id."""
        return self.public.kid

    @property
    def alg(self) -> str:
        """The algorithm's registered name."""
        return self.public.alg

    def __repr__(self) -> str:
        return f"SigningKey(kid={self.kid!r}, alg={self.alg!r})"


def import_public_jwk(jwk: str | bytes | Mapping[str, object], *, kid: str | None = None) -> PublicKey:
    """Return the key in a public JWK that somebody registers or presents.

    ``kid`` overrides the JWK's own; with neither it is the thumbprint. Members that say nothing about the key
    (``x5c``, ``ext``, …) are dropped. ``KeyRefused`` for private or symmetric members, an unknown type or curve, a
    ``use``, ``key_ops`` or ``alg`` that does not fit signing with this type, and wrong or weak keys.
    """
    given = _members(jwk)
    if secret := _SECRET_MEMBERS.intersection(given):
        raise KeyRefused(f"a public JWK has no member {min(secret)}: never send a private key")
    algorithm = _algorithm(given)
    _demand_signing_use(given, "verify")
    members = _key_members(given, algorithm, algorithm.public_members)
    material = algorithm.load_public(members)
    thumbprint = jwk_material.thumbprint(members)
    name = _kid(given, kid, thumbprint)
    return PublicKey(
        kid=name,
        alg=algorithm.name,
        thumbprint=thumbprint,
        jwk=_text({**members, "kid": name, "alg": algorithm.name, "use": "sig"}),
        algorithm=algorithm,
        material=material,
    )


def import_private_jwk(jwk: str | bytes | Mapping[str, object], *, kid: str | None = None) -> SigningKey:
    """Return the key in a private JWK of our own (from the vault, a file, a vector).

    ``KeyRefused`` as for public ones, and when the halves do not belong together; its text quotes no private member.
    """
    given = _members(jwk)
    algorithm = _algorithm(given)
    _demand_signing_use(given, "sign")
    names = (*algorithm.public_members, *algorithm.private_members)
    members = _key_members(given, algorithm, names)
    material = algorithm.load_private(members)
    public_members = {name: members[name] for name in ("kty", *algorithm.public_members)}
    public = import_public_jwk(public_members, kid=_kid(given, kid, jwk_material.thumbprint(public_members)))
    private_jwk = _text({**members, "kid": public.kid, "alg": public.alg, "use": "sig"})
    return SigningKey(public=public, private_jwk=private_jwk, material=material)


def generate_signing_key(alg: str, *, kid: str | None = None) -> SigningKey:
    """Return a fresh key for ``alg`` (``KeyRefused`` for an unknown one); without ``kid`` it is the thumbprint."""
    algorithm = algorithm_named(alg)
    if algorithm is None:
        raise KeyRefused(f"alg must be one of {', '.join(ACCEPTED_NAMES)}")
    return import_private_jwk(algorithm.generate(), kid=kid)


@lru_cache(maxsize=_PARSED_KEYS_KEPT)
def parsed_public_key(jwk: str) -> PublicKey:
    """Return the key in stored JWK text; the parsed object is kept, for parsing costs more than verifying."""
    return import_public_jwk(jwk)


def is_kid(text: str) -> bool:
    """Tell whether ``text`` can be a key id: 1 to 128 visible ASCII characters."""
    return _KID.fullmatch(text) is not None


def _members(jwk: str | bytes | Mapping[str, object]) -> Mapping[str, object]:
    if isinstance(jwk, Mapping):
        return jwk
    try:
        raw = jwk.encode("utf-8") if isinstance(jwk, str) else jwk
        if len(raw) > MAX_JWK_BYTES:
            raise KeyRefused(f"a JWK is at most {MAX_JWK_BYTES} bytes")
        return parse_object(raw)
    except (JsonRefused, UnicodeEncodeError):
        # Not chained: the text may be that of a private key.
        raise KeyRefused("a JWK is one JSON object without repeated members") from None


def _algorithm(given: Mapping[str, object]) -> Algorithm:
    algorithm = algorithm_for(given)
    if algorithm is None:
        raise KeyRefused("kty and crv must be EC P-256, RSA, or OKP Ed25519")
    alg = given.get("alg", algorithm.name)
    if alg != algorithm.name and alg not in algorithm.aliases:
        raise KeyRefused(f"alg of this key must be {algorithm.name}")
    return algorithm


def _demand_signing_use(given: Mapping[str, object], operation: str) -> None:
    if given.get("use", "sig") != "sig":
        raise KeyRefused("use must be sig")
    operations = given.get("key_ops")
    if operations is not None and (not isinstance(operations, list) or operation not in operations):
        raise KeyRefused(f"key_ops must contain {operation}")


def _key_members(given: Mapping[str, object], algorithm: Algorithm, names: tuple[str, ...]) -> dict[str, str]:
    members = {"kty": algorithm.kty}
    for name in names:
        value = given.get(name)
        if not isinstance(value, str):
            raise KeyRefused(f"{name} is required and must be a string")
        members[name] = value
    return members


def _kid(given: Mapping[str, object], kid: str | None, thumbprint: str) -> str:
    name = kid if kid is not None else given.get("kid", thumbprint)
    if not isinstance(name, str) or not is_kid(name):
        raise KeyRefused("kid must be 1 to 128 visible ASCII characters")
    return name


def _text(members: Mapping[str, str]) -> str:
    return msgspec.json.encode(members, order="sorted").decode("ascii")
