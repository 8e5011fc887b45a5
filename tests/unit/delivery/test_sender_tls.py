"""TLS: the chain and the name are verified, always."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.unit.delivery.receiver import answering, receiving, silence, status
from tongbao_platform.delivery.address_guard import AddressGuard
from tongbao_platform.delivery.http_sender import SenderLimits, open_sender
from tongbao_platform.delivery.sender import SendResult

SANDBOX = AddressGuard(loopback_allowed=True)


def _self_signed(folder: Path, name: str, valid_until: datetime) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid_until - timedelta(days=30))
        .not_valid_after(valid_until)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path


async def _send(certificate: Path, *, trusted: bool) -> SendResult:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    client = ssl.create_default_context(cafile=certificate) if trusted else None
    async with (
        receiving(answering(status(200)), server) as receiver,
        open_sender(SANDBOX, SenderLimits(), tls=client) as sender,
    ):
        result = await sender.send(f"https://localhost:{receiver.port}/", {}, b"{}", 30.0)
        assert (result.status is None) == (receiver.bodies == [])
        return result


async def test_a_trusted_certificate_of_the_right_name_is_taken(tmp_path: Path) -> None:
    result = await _send(_self_signed(tmp_path, "localhost", datetime.now(UTC) + timedelta(days=1)), trusted=True)
    assert (result.status, result.failure) == (200, None)


@pytest.mark.parametrize(
    ("name", "days", "trusted"),
    [("localhost", 1, False), ("shop.example", 1, True), ("localhost", -1, True)],
    ids=["unknown issuer", "other name", "expired"],
)
async def test_any_other_certificate_is_refused(tmp_path: Path, name: str, days: int, trusted: bool) -> None:
    certificate = _self_signed(tmp_path, name, datetime.now(UTC) + timedelta(days=days))
    result = await _send(certificate, trusted=trusted)
    assert (result.status, result.failure) == (None, "tls")
    assert result.detail


async def test_the_handshake_counts_as_connecting() -> None:
    limits = SenderLimits(connect_seconds=0.2)
    async with receiving(silence) as receiver, open_sender(SANDBOX, limits) as sender:
        result = await sender.send(f"https://127.0.0.1:{receiver.port}/", {}, b"{}", 30.0)
    assert (result.status, result.failure, result.detail) == (None, "connect", "no connection in time")


async def test_a_receiver_without_tls_is_a_tls_failure() -> None:
    def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(status(400))
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, open_sender(SANDBOX, SenderLimits()) as sender:
        result = await sender.send(f"https://127.0.0.1:{port}/", {}, b"{}", 30.0)
    assert (result.status, result.failure) == (None, "tls")
