"""A desk on duty for `landwatch demo`: a token to act with, and an outlet for signed alerts for nobody."""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from landwatch.clock import SystemClock
from landwatch.config import Config, Notice, Outlet, Secret

__all__ = ["ALERTS", "with_desk"]

ALERTS = "alerts"
"""Folder in the store in which the demo's alerts are."""

TOKEN_BYTES = 18
"""Of chance in the operator token. [byte]"""

LASTS = timedelta(days=365)
"""How long the certificate is good: longer than any demo."""


def with_desk(config: Config, folder: Path) -> Config:
    """Return a configuration with an operator token and an outlet for alerts, made for this run.

    Alerts of its events have the status Test, those of drills Exercise; they are signed with a key that
    nobody trusts and written into the store.

    Args:
        config: of the demo.
        folder: for the token, the key and its certificate; nobody else may read it.
    """
    token, key, certificate = folder / "token", folder / "key.pem", folder / "certificate.pem"
    token.write_text(secrets.token_urlsafe(TOKEN_BYTES), encoding="ascii")
    _identify(key, certificate)
    alerts = config.store.folder / ALERTS
    alerts.mkdir(parents=True, exist_ok=True)
    outlet = Outlet.model_validate(
        {
            "name": "cap",
            "kind": "cap",
            "key": {"file": key},
            "certificate": certificate,
            "folder": alerts,
            "sender_name": "Simulated valley",
        }
    )
    serve = config.serve.model_copy(update={"operator_token": Secret(file=token)})
    return config.model_copy(
        update={"outlet": (outlet,), "notice": (Notice(outlet=outlet.name),), "serve": serve}
    )


def _identify(key_file: Path, certificate_file: Path) -> None:
    """Write a key, and a certificate that it signs itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), SystemClock().now()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Landwatch demo")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + LASTS)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    bare = serialization.NoEncryption()
    key_file.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, bare))
    certificate_file.write_bytes(certificate.public_bytes(pem))
