"""Keys as values: what may be registered, what is refused, thumbprints, and that no private half gets out."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st
from jwcrypto.jwk import JWK

from tongbao_platform.identity.jose import base64url
from tongbao_platform.identity.jose.algorithms.port import KeyRefused
from tongbao_platform.identity.jose.algorithms.registry import ALGORITHM_NAMES
from tongbao_platform.identity.jose.keys import (
    SigningKey,
    generate_signing_key,
    import_private_jwk,
    import_public_jwk,
    is_kid,
    parsed_public_key,
)

KEYS = {alg: generate_signing_key(alg, kid=f"my-{alg}") for alg in ALGORITHM_NAMES}


def public(alg: str, /, **changes: object) -> dict[str, Any]:
    members: dict[str, Any] = {**json.loads(KEYS[alg].public.jwk), **changes}
    return {name: value for name, value in members.items() if value is not None}


def private(alg: str, /, **changes: object) -> dict[str, Any]:
    return {**json.loads(KEYS[alg].private_jwk), **changes}


@pytest.mark.parametrize("alg", ALGORITHM_NAMES)
def test_a_key_survives_export_and_import(alg: str) -> None:
    key = KEYS[alg]

    again = import_private_jwk(key.private_jwk)

    assert (again.kid, again.alg, again.private_jwk) == (f"my-{alg}", alg, key.private_jwk)
    assert again.public.jwk == key.public.jwk
    assert import_public_jwk(key.public.jwk).jwk == key.public.jwk


@pytest.mark.parametrize("alg", ALGORITHM_NAMES)
def test_the_thumbprint_is_the_oracles(alg: str) -> None:
    assert KEYS[alg].public.thumbprint == JWK.from_json(KEYS[alg].public.jwk).thumbprint()


def test_without_a_kid_the_thumbprint_is_the_kid() -> None:
    assert import_public_jwk(public("ES256", kid=None)).kid == KEYS["ES256"].public.thumbprint
    assert import_public_jwk(public("ES256"), kid="mine").kid == "mine"


def test_the_thumbprint_of_rfc_7638_section_3_1() -> None:
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknj"
        "hMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6"
        "qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8a"
        "wapJzKnqDKgw"
    )
    jwk = {"kty": "RSA", "n": modulus, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"}
    del jwk["alg"]  # the example key is registered for PS256 here

    assert import_public_jwk(jwk).thumbprint == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_the_thumbprint_of_rfc_8037_appendix_a_3() -> None:
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}

    assert import_public_jwk(jwk).thumbprint == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_members_that_say_nothing_about_the_key_are_dropped() -> None:
    jwk = public("ES256", x5c=["MII"], ext=True, key_ops=["verify"], alg=None, use=None)

    assert import_public_jwk(jwk).jwk == KEYS["ES256"].public.jwk


@pytest.mark.parametrize("alg", ALGORITHM_NAMES)
def test_a_private_key_is_never_taken_for_registration(alg: str) -> None:
    with pytest.raises(KeyRefused, match="never send a private key"):
        import_public_jwk(KEYS[alg].private_jwk)


@pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"])
def test_a_single_private_member_is_enough_to_refuse(member: str) -> None:
    with pytest.raises(KeyRefused, match="never send a private key"):
        import_public_jwk(public("ES256", **{member: "AA"}))


@pytest.mark.parametrize(
    ("alg", "changes"),
    [
        ("ES256", {"kty": None}),
        ("ES256", {"kty": "oct"}),
        ("ES256", {"crv": "P-384"}),
        ("ES256", {"crv": "secp256k1"}),
        ("ES256", {"alg": "ES384"}),
        ("ES256", {"alg": "Ed25519"}),
        ("ES256", {"alg": 7}),
        ("ES256", {"use": "enc"}),
        ("ES256", {"key_ops": ["encrypt"]}),
        ("ES256", {"key_ops": "verify"}),
        ("ES256", {"x": None}),
        ("ES256", {"x": 5}),
        ("ES256", {"x": base64url.encode(bytes(32))}),
        ("ES256", {"x": base64url.encode(bytes(33))}),
        ("ES256", {"x": json.loads(KEYS["ES256"].public.jwk)["x"] + "="}),
        ("ES256", {"kid": ""}),
        ("ES256", {"kid": "a b"}),
        ("ES256", {"kid": "k" * 129}),
        ("ES256", {"kid": 1}),
        ("PS256", {"alg": "RS256"}),
        ("PS256", {"e": "Aw"}),
        ("PS256", {"e": "AAEAAQ"}),
        ("PS256", {"n": "AA" + json.loads(KEYS["PS256"].public.jwk)["n"]}),
        ("PS256", {"n": base64url.encode(b"\xff" * 255 + b"\xfe")}),
        ("PS256", {"n": base64url.encode(b"\x7f" + b"\xff" * 255)}),
        ("PS256", {"n": base64url.encode(b"\xff" * 513)}),
        ("Ed25519", {"crv": "X25519"}),
        ("Ed25519", {"crv": "Ed448"}),
        ("Ed25519", {"alg": "ES256"}),
        ("Ed25519", {"x": base64url.encode(bytes(31))}),
    ],
)
def test_wrong_and_weak_keys_are_refused(alg: str, changes: dict[str, object]) -> None:
    with pytest.raises(KeyRefused):
        import_public_jwk(public(alg, **changes))


def test_the_legacy_name_is_the_same_algorithm() -> None:
    assert import_public_jwk(public("Ed25519", alg="EdDSA")).alg == "Ed25519"
    assert generate_signing_key("EdDSA").alg == "Ed25519"


@pytest.mark.parametrize("bits", [1024, 2047, 4104])
def test_rsa_keys_of_other_sizes_are_refused(bits: int) -> None:
    modulus = (1 << (bits - 1)) | 1

    with pytest.raises(KeyRefused, match="bits"):
        import_public_jwk({"kty": "RSA", "e": "AQAB", "n": base64url.encode(modulus.to_bytes((bits + 7) // 8, "big"))})


def test_rsa_keys_of_3072_bits_are_taken_and_make_longer_signatures() -> None:
    key = JWK.from_pyca(rsa.generate_private_key(public_exponent=65537, key_size=3072))

    imported = import_public_jwk(key.export_public())

    assert imported.algorithm.signature_bytes(imported.material) == 384


_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P


def _add(left: tuple[int, int], right: tuple[int, int]) -> tuple[int, int]:
    """The complete addition law of the twisted Edwards curve (RFC 8032 section 5.1.4, in affine form)."""
    (x1, y1), (x2, y2) = left, right
    product = _D * x1 * x2 * y1 * y2 % _P
    x3 = (x1 * y2 + y1 * x2) * pow(1 + product, -1, _P) % _P
    y3 = (y1 * y2 + x1 * x2) * pow(1 - product, -1, _P) % _P
    return x3, y3


def _x_for(y: int) -> int | None:
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    return None if (x * x - square) % _P else x


def test_every_ed25519_point_of_small_order_is_refused() -> None:
    # The order-8 component of any point: multiply by the prime order of the base point.
    order = 2**252 + 27742317777372353535851937790883648493
    found: set[tuple[int, int]] = set()
    y = 2
    while len(found) < 8:
        y += 1
        x = _x_for(y)
        if x is None:
            continue
        result, point, scalar = (0, 1), (x, y), order
        while scalar:
            if scalar & 1:
                result = _add(result, point)
            point, scalar = _add(point, point), scalar >> 1
        found |= {result, ((-result[0]) % _P, result[1])}
    encodings = {
        (unreduced | sign << 255).to_bytes(32, "little")
        for _, small_y in found
        for unreduced in (small_y, small_y + _P)
        if unreduced < 2**255
        for sign in (0, 1)
    }
    assert len({small_y for _, small_y in found}) == 5

    for encoding in encodings:
        with pytest.raises(KeyRefused, match="small order"):
            import_public_jwk({"kty": "OKP", "crv": "Ed25519", "x": base64url.encode(encoding)})


@pytest.mark.parametrize("alg", ALGORITHM_NAMES)
def test_a_private_key_whose_halves_disagree_is_refused(alg: str) -> None:
    other = json.loads(generate_signing_key(alg).private_jwk)

    with pytest.raises(KeyRefused):
        import_private_jwk(private(alg, d=other["d"]))


@pytest.mark.parametrize("alg", ALGORITHM_NAMES)
def test_a_private_key_lacks_nothing(alg: str) -> None:
    for member in KEYS[alg].public.algorithm.private_members:
        with pytest.raises(KeyRefused, match=f"^{member} is required"):
            import_private_jwk({name: value for name, value in private(alg).items() if name != member})


@pytest.mark.parametrize("alg", ALGORITHM_NAMES)
def test_no_private_member_shows_in_repr_or_errors(alg: str) -> None:
    key: SigningKey = KEYS[alg]
    secrets = [json.loads(key.private_jwk)[name] for name in key.public.algorithm.private_members]
    texts = [repr(key), str(key), repr(key.public)]
    for broken in (
        key.private_jwk[:-1],
        json.dumps(private(alg, d=secrets[0] + "=")),
        json.dumps(private(alg, d="AA")),
    ):
        with pytest.raises(KeyRefused) as caught:
            import_private_jwk(broken)
        texts.append(repr(caught.value))
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert [text for text in texts for secret in secrets if secret in text] == []


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"kty":"EC","kty":"EC"}', " " * 9000 + "{}", "\ud800", '{"kty":"EC"}x']
)
def test_text_that_is_no_jwk_is_refused(text: str) -> None:
    with pytest.raises(KeyRefused):
        import_public_jwk(text)


def test_an_unknown_algorithm_makes_no_key() -> None:
    with pytest.raises(KeyRefused, match="alg must be one of"):
        generate_signing_key("none")


def test_parsed_keys_are_kept() -> None:
    jwk = KEYS["ES256"].public.jwk

    assert parsed_public_key(jwk) is parsed_public_key(jwk)


@given(st.text(max_size=140))
def test_kids_are_visible_ascii(text: str) -> None:
    assert is_kid(text) == (1 <= len(text) <= 128 and all("!" <= character <= "~" for character in text))
