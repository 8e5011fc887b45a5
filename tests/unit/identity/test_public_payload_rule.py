"""The payload is that of a published scheme, by its published test signature."""

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from tongbao_platform.identity.jose.jws import parse_detached
from tongbao_platform.identity.request_signature import (
    SignedRequest,
    build_payload,
)


def test_the_payload_is_built_as_in_the_public_request_signing_v2() -> None:
    """TrueLayer's static test signature (request signing v2, shared by its libraries) covers the octets we build."""
    pem = (
        "-----BEGIN PUBLIC KEY-----\n"
        "MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQAoLuW4nFqoUuR8d7FVsUoI62libYd\n"
        "QlWGtLStnqdudLY92bQ0ra5eZAbkunrGTR9+w9mr4o2Etyb6pC7YB2+23WMBfVyO\n"
        "QYyKW2KQ+uRfj2rC4kN1wRNpOyP6TIU/yOwX1blcAHdni0GJC1zvYNCclh4rIBX9\n"
        "PqplO0UoWv5OniK76Ps=\n"
        "-----END PUBLIC KEY-----\n"
    )
    value = (
        "eyJhbGciOiJFUzUxMiIsImtpZCI6IjQ1ZmM3NWNmLTU2NDktNDEzNC04NGIzLTE5MmMyYzc4ZTk5MCIsInRsX3ZlcnNpb24iOiIyIiwidGxfaGVh"
        "ZGVycyI6IklkZW1wb3RlbmN5LUtleSJ9..AC9-1MKHb_A2JsB5_VLpRNt1YSrOBRyK3zqtVxpmY7lptQMn9Kk9iPhgaArymBWEmj9Tu76WRJVPUT"
        "gHMEi--RYLAexU7kE1Os-pzPCEtoWn9Z7QLDBLexgHM0dgiv-4ORYX2fpMkTfwUHnFQtpLFSCX1xgC5r_daOd7CpqOTykBFTZc"
    )
    request = SignedRequest(
        "POST",
        b"/merchant_accounts/a61acaef-ee05-4077-92f3-25543a11bd8d/sweeping",
        (
            (b"x-whatever-2", b"t2345d"),
            (b"idempotency-key", b"idemp-2076717c-9005-4811-a321-9e0787fa0382"),
        ),
        b'{"currency":"GBP","max_amount_in_minor":5000000}',
    )
    jws = parse_detached(value)
    key = load_pem_public_key(pem.encode())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    r, s = (int.from_bytes(half, "big") for half in (jws.signature[:66], jws.signature[66:]))

    payload = build_payload(request, str(jws.header["tl_headers"]).split(","))

    key.verify(encode_dss_signature(r, s), jws.signing_input(payload), ec.ECDSA(SHA512()))
