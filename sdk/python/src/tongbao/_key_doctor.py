"""Explains what a key file holds, in words, without ever showing a secret."""

import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificate
from jwcrypto import jwk

from tongbao._errors import ConfigurationError
from tongbao._keys import algorithm_of

_PEM_KINDS = {
    "RSA PRIVATE KEY": "PKCS#1, the older form for RSA alone",
    "EC PRIVATE KEY": "SEC 1, the older form for elliptic curves alone",
    "PRIVATE KEY": "PKCS#8",
    "ENCRYPTED PRIVATE KEY": "PKCS#8, encrypted with a password",
    "PUBLIC KEY": "SubjectPublicKeyInfo",
    "RSA PUBLIC KEY": "PKCS#1 public key",
    "OPENSSH PRIVATE KEY": "OpenSSH's own form",
    "CERTIFICATE": "an X.509 certificate",
    "CERTIFICATE REQUEST": "a certificate signing request",
}


class Diagnosis(list[str]):
    """Lines for people; ``usable`` says whether the SDK can sign with the file as it is."""

    usable = False


def diagnose(data: bytes) -> Diagnosis:
    """Return what ``data`` is and what to do about it."""
    found = Diagnosis()
    text = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not text:
        found.append("The file is empty.")
    elif text.startswith(b"{"):
        _json(text, found)
    elif b"-----BEGIN " in text:
        _pem(text, found)
    elif text.startswith((b"ssh-", b"ecdsa-sha2-")):
        found.append("This is an OpenSSH public key. Make a key for signing with: tongbao keys new --alg ES256")
    else:
        _der(data, found)
    return found


def diagnose_file(path: Path) -> Diagnosis:
    """Return what the file holds, and a warning when others may read a private key."""
    found = diagnose(path.read_bytes())
    if found.usable and path.stat().st_mode & 0o077:
        found.append(f"Warning: other users of this machine may read it. Run: chmod 600 {path}")
    return found


def _json(text: bytes, found: Diagnosis) -> None:
    try:
        members: Any = json.loads(text)
    except ValueError as error:
        found.append(f"This looks like JSON (a JWK?), but it does not parse: {error}.")
        return
    if isinstance(members.get("keys"), list):
        found.append(f"This is a JWKS, a set of {len(members['keys'])} keys. Pass one of them, not the set. They are:")
        for number, key in enumerate(members["keys"], 1):
            if isinstance(key, dict):
                found.append(f"  {number}. {key.get('kty')} kid={key.get('kid')!r} alg={key.get('alg')!r}")
        return
    found.append("This is a JWK.")
    if members.get("kty") == "oct":
        found.append("It is a shared secret (kty oct); requests are signed with key pairs. Make one: tongbao keys new")
        return
    try:
        _describe(jwk.JWK(**members), found)
    except Exception as error:  # noqa: BLE001 - parsers raise many kinds, and their text may quote the key
        found.append(f"It is not valid ({type(error).__name__}): a member is missing, misspelt or not base64url.")


def _pem(text: bytes, found: Diagnosis) -> None:
    label = text.split(b"-----BEGIN ", 1)[1].split(b"-----", 1)[0].decode("ascii", "replace")
    found.append(f"This is PEM with the label {label!r}: {_PEM_KINDS.get(label, 'a kind unknown here')}.")
    if text.count(b"-----BEGIN ") > 1:
        found.append("The file holds several PEM blocks; only the first is looked at.")
    if label == "CERTIFICATE":
        found.append("A certificate holds a public key only; signing needs the private key that belongs to it.")
        _describe_object(load_pem_x509_certificate(text).public_key(), found)
        return
    if "ENCRYPTED" in label or b"Proc-Type: 4,ENCRYPTED" in text:
        found.append("Decrypt it first: openssl pkey -in FILE -out decrypted.pem && chmod 600 decrypted.pem")
        return
    try:
        if label == "OPENSSH PRIVATE KEY":
            found.append("Convert it first: ssh-keygen -p -m PKCS8 -f FILE")
            _describe_object(serialization.load_ssh_private_key(text, None), found)
            found.usable = False
        else:
            _describe(jwk.JWK.from_pem(text), found)
    except Exception as error:  # noqa: BLE001 - as above
        found.append(f"It does not parse ({type(error).__name__}): is it cut off, or were its line breaks lost?")


def _der(data: bytes, found: Diagnosis) -> None:
    for load in (
        lambda: serialization.load_der_private_key(data, None),
        lambda: serialization.load_der_public_key(data),
        lambda: load_der_x509_certificate(data).public_key(),
    ):
        try:
            key = load()
        except Exception:  # noqa: BLE001, S112 - not this kind; the next one is tried
            continue
        found.append("This is DER, the binary form. Convert it to PEM: openssl pkey -inform DER -in FILE -out key.pem")
        _describe_object(key, found)
        found.usable = False
        return
    found.append("This is neither a JWK nor PEM nor DER. Make a key with: tongbao keys new --alg ES256")


def _describe_object(key: object, found: Diagnosis) -> None:
    made = jwk.JWK()
    try:
        made.import_from_pyca(key)
    except Exception:  # noqa: BLE001 - a kind of key that has no JWK form
        found.append(f"Keys of this kind ({type(key).__name__.removeprefix('_')}) cannot sign here.")
        return
    _describe(made, found)


def _describe(key: "jwk.JWK", found: Diagnosis) -> None:
    kind = f"{key.get('kty')} {key.get('crv') or ''}".strip()
    try:
        algorithm = algorithm_of(key)
    except ConfigurationError as error:
        found.append(f"A key of type {kind}: {error}.")
        return
    found.append(f"Type {kind}; it signs with {algorithm}.")
    thumbprint = key.thumbprint()
    kid = key.get("kid")
    found.append(f"kid: {kid or thumbprint}" + ("" if kid else " (the RFC 7638 thumbprint; the key names none)"))
    if kid and kid != thumbprint:
        found.append(f"RFC 7638 thumbprint: {thumbprint}")
    if key.has_private:
        found.append("This is a PRIVATE key: keep it secret, never send it to anybody. The SDK can sign with it.")
        found.append("Its public half, to be registered with your client:")
        public = {**json.loads(key.export_public()), "kid": kid or thumbprint, "alg": algorithm, "use": "sig"}
        found.append(json.dumps(public))
        found.usable = True
    else:
        found.append("This is your PUBLIC key: it belongs into your client's registration. It cannot sign;")
        found.append("the SDK needs the private key that was made together with it.")
