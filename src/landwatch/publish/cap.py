"""Outlet: alerts as CAP 1.2, in English and Chinese in one message, signed with XML-DSig.

Posted to an address, or written into a folder that another program takes them from, each under its own
identifier: one that comes twice replaces itself. An alert of a drill has the status Exercise whatever the
settings say.

References:
    [1] OASIS, "Common Alerting Protocol Version 1.2", 2010.
    [2] W3C, "XML Signature Syntax and Processing", second edition, 2008, which [1] 3.3.2.1 asks for.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificates
from lxml import etree
from signxml.algorithms import SignatureConstructionMethod, SignatureMethod
from signxml.signer import XMLSigner

from landwatch import config
from landwatch.config import Secret, settings_of
from landwatch.errors import ConfigError, PublishError
from landwatch.i18n import LANGUAGES, Translator, translator
from landwatch.publish import webhook
from landwatch.publish._alert import hazard, headline, sentences
from landwatch.types import Message

__all__ = ["Settings", "Signer", "deliver", "document", "signer"]

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
MEDIA_TYPE = "application/cap+xml"

FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")

Key = RSAPrivateKey | EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where alerts go, and who signs them."""

    key: Secret
    """Private key that signs, RSA or of an elliptic curve, in PEM."""
    certificate: Path
    """Certificate of the key, and of those above it, in PEM: it goes with each alert."""
    url: str = ""
    """https://..., or http://... where the host is this machine or named in `plain_hosts`."""
    folder: Path | None = None
    """Alerts are written here instead, as IDENTIFIER.xml."""
    sender_name: str = ""
    """Of the authority, for people."""
    restriction: str = "for the desks on duty"
    """Who may read what is restricted."""
    addresses: str = ""
    """For whom alerts of the scope Private are, with a blank between them."""
    token: Secret | None = None
    """Sent as `Authorization: Bearer ...`."""
    timeout: float = 10.0
    """For the whole of one attempt. [s]"""
    plain_hosts: tuple[str, ...] = ()
    """Hosts that may be reached without encryption."""

    def __post_init__(self) -> None:
        if bool(self.url) == (self.folder is not None):
            raise ValueError("write either url or folder")
        if self.url:
            _post(self)
        _key(self)
        _certificates(self)


async def deliver(message: Message, settings: Settings) -> None:
    """Sign an alert, and post or write it.

    Raises:
        PublishError: if it was not taken, or cannot be signed.
    """
    if message.kind != "alert":
        raise PublishError(f"CAP carries alerts, not what is about {message.kind}")
    content = await asyncio.to_thread(_made, message.body, settings)
    if settings.folder is None:
        await webhook.post(content, MEDIA_TYPE, message.key, _post(settings))
        return
    if not FILE_NAME.fullmatch(message.key):
        raise PublishError(f"{message.key!r} cannot be the name of a file")
    try:
        await asyncio.to_thread(_write, settings.folder / f"{message.key}.xml", content)
    except OSError as error:
        raise PublishError(f"cannot write into {settings.folder}: {error.strerror}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Makes the alerts of one outlet anew, for who fetches them."""

    outlet: str
    sign: Callable[[str], bytes]
    """Takes the body of a message; raises `PublishError` if it cannot be signed."""


def signer(outlets: Iterable[config.Outlet]) -> Signer | None:
    """Return what signs the alerts of the first outlet of this kind; None where there is none.

    Raises:
        ConfigError: if its settings cannot be used.
    """
    outlet = next((one for one in outlets if one.kind == "cap"), None)
    if outlet is None:
        return None
    settings = settings_of(Settings, outlet.table, f"outlet {outlet.name}")
    return Signer(outlet=outlet.name, sign=lambda body: _made(body, settings))


def document(body: Mapping[str, Any], settings: Settings) -> etree._Element:
    """Return an alert as CAP, unsigned."""
    root = etree.Element(f"{{{NAMESPACE}}}alert", nsmap={None: NAMESPACE})
    _fill(root, _head(body, settings))
    for language in LANGUAGES:
        info = etree.SubElement(root, f"{{{NAMESPACE}}}info")
        _fill(info, _info(body, translator(language), settings))
        for camera in body["cameras"]:
            _fill(etree.SubElement(info, f"{{{NAMESPACE}}}area"), _area(camera))
    return root


def _head(body: Mapping[str, Any], settings: Settings) -> Iterator[tuple[str, str]]:
    # A drill is never anything else, whoever wrote the message.
    status = "Exercise" if body["drill"] else body["status"]
    yield "identifier", body["identifier"]
    yield "sender", body["sender"]
    yield "sent", _time(body["sent"])
    yield "status", status
    yield "msgType", body["type"]
    yield "scope", body["scope"]
    if body["scope"] == "Restricted":
        yield "restriction", settings.restriction
    if body["scope"] == "Private":
        yield "addresses", settings.addresses
    if status == "Exercise":
        yield "note", "An exercise: nothing of this is real."
    elif body["type"] == "Cancel":
        yield "note", " ".join(sentences(body, translator("en")))
    references = " ".join(f"{sender},{name},{_time(sent)}" for sender, name, sent in body["references"])
    if references:
        yield "references", references
    yield "incidents", body["event"]


def _info(body: Mapping[str, Any], say: Translator, settings: Settings) -> Iterator[tuple[str, str]]:
    yield "language", say.language
    yield "category", body["category"]
    yield "event", hazard(body, say)
    yield "responseType", "AllClear" if body["state"] in ("closed", "dismissed") else "Assess"
    yield "urgency", body["urgency"]
    yield "severity", body["severity"]
    yield "certainty", body["certainty"]
    yield "onset", _time(body["opened"])
    yield "expires", _time(body["expires"])
    if settings.sender_name:
        yield "senderName", settings.sender_name
    yield "headline", headline(body, say)
    yield "description", "\n".join(sentences(body, say))
    if body["url"]:
        yield "web", body["url"]


def _area(camera: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "areaDesc", str(camera["title"])
    where = camera["area"]
    if where is None:
        return
    if isinstance(where[0], list):
        yield "polygon", " ".join(f"{latitude:.5f},{longitude:.5f}" for latitude, longitude in where)
    else:
        latitude, longitude, radius = where
        yield "circle", f"{latitude:.5f},{longitude:.5f} {radius:g}"


def _fill(parent: etree._Element, values: Iterator[tuple[str, str]]) -> None:
    for name, value in values:
        etree.SubElement(parent, f"{{{NAMESPACE}}}{name}").text = value


def _time(iso: str) -> str:
    """Return a time of ours, UTC with Z, as CAP writes it: whole seconds, and -00:00 for UTC."""
    return f"{iso[:19]}-00:00"


def _made(body: str, settings: Settings) -> bytes:
    try:
        return _signed(json.loads(body), settings)
    except (ConfigError, ValueError) as error:
        raise PublishError(str(error)) from None


def _signed(body: Mapping[str, Any], settings: Settings) -> bytes:
    key = _key(settings)
    method = SignatureMethod.RSA_SHA256 if isinstance(key, RSAPrivateKey) else SignatureMethod.ECDSA_SHA256
    signer = XMLSigner(
        method=SignatureConstructionMethod.enveloped, signature_algorithm=method, digest_algorithm="sha256"
    )
    signed = signer.sign(document(body, settings), key=key, cert=_certificates(settings))
    content: bytes = etree.tostring(signed, xml_declaration=True, encoding="UTF-8")
    return content


def _key(settings: Settings) -> Key:
    try:
        key = load_pem_private_key(settings.key.reveal().get_secret_value().encode(), password=None)
    except (ValueError, TypeError):
        raise ValueError("key: this is no private key in PEM, or it has a password") from None
    if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey):
        raise ValueError("key: it signs neither with RSA nor with an elliptic curve")
    return key


def _certificates(settings: Settings) -> str:
    try:
        text = settings.certificate.read_text(encoding="ascii")
        load_pem_x509_certificates(text.encode())
    except OSError as error:
        raise ValueError(f"certificate: cannot read {settings.certificate}: {error.strerror}") from None
    except ValueError:
        raise ValueError(f"certificate: {settings.certificate} holds no certificate in PEM") from None
    return text


def _post(settings: Settings) -> webhook.Settings:
    return webhook.Settings(
        url=settings.url,
        token=settings.token,
        timeout=settings.timeout,
        plain_hosts=settings.plain_hosts,
    )


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
