"""The ``tongbao`` command: makes keys and explains key files."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any, Final

from jwcrypto import jwk

from tongbao._key_doctor import diagnose_file
from tongbao._keys import ALGORITHMS, LocalKey
from tongbao._version import VERSION

_RECIPES: Final[dict[str, dict[str, Any]]] = {
    "ES256": {"kty": "EC", "crv": "P-256"},
    "PS256": {"kty": "RSA", "size": 3072},
    "Ed25519": {"kty": "OKP", "crv": "Ed25519"},
}


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="tongbao", description="Tools of the Tongbao SDK.")
    parser.add_argument("--version", action="version", version=VERSION)
    groups = parser.add_subparsers(required=True, metavar="GROUP")
    keys = groups.add_parser("keys", help="make and examine signing keys").add_subparsers(required=True, metavar="VERB")
    new = keys.add_parser("new", help="make a key pair")
    new.add_argument("--alg", choices=ALGORITHMS, default="ES256", help="signature algorithm (default: ES256)")
    new.add_argument("--out", type=Path, default=Path("tongbao-key.json"), help="file for the private key (mode 0600)")
    new.add_argument("--kid", help="name of the key (default: its RFC 7638 thumbprint)")
    new.set_defaults(run=_new)
    doctor = keys.add_parser("doctor", help="explain what a key file holds")
    doctor.add_argument("file", type=Path)
    doctor.set_defaults(run=_doctor)
    options = parser.parse_args(arguments)
    status: int = options.run(options)
    return status


def _new(options: argparse.Namespace) -> int:
    key = jwk.JWK.generate(**_RECIPES[options.alg])
    local = LocalKey(key, options.kid)
    private = {**json.loads(key.export_private()), "kid": local.key_id, "alg": options.alg, "use": "sig"}
    try:
        # Never overwrites, and nobody else can read it, not even for a moment.
        handle = os.open(options.out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        print(f"{options.out} exists; a key is never overwritten. Name another file with --out.", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{options.out} cannot be written: {error.strerror}", file=sys.stderr)
        return 1
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(json.dumps(private, indent=2) + "\n")
    print(f"The private key is in {options.out} (only you can read it). Register this public key:", file=sys.stderr)
    print(json.dumps(local.public_jwk(), indent=2))
    return 0


def _doctor(options: argparse.Namespace) -> int:
    try:
        found = diagnose_file(options.file)
    except OSError as error:
        print(f"{options.file} cannot be read: {error.strerror}", file=sys.stderr)
        return 1
    print("\n".join(found))
    return 0 if found.usable else 1


if __name__ == "__main__":
    sys.exit(main())
