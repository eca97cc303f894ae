"""Certificates of the fake web, made anew for each run: a valid one, an expired one, one that nobody vouches for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HOST = "secure.test"


def certificate(kind: str, folder: str) -> str:
    """The file with key and certificate of `kind`; what it names as trusted is `trusted.pem` beside it."""
    now = datetime.now(UTC)
    ends = now - timedelta(days=1) if kind == "expired" else now + timedelta(days=2)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=9))
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = Path(folder) / f"{kind}.pem"
    path.write_bytes(secret + pem)
    if kind != "self-signed":
        with (Path(folder) / "trusted.pem").open("ab") as trusted:
            trusted.write(pem)
    return str(path)
