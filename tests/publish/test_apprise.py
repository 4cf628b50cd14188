"""Desks are told through Apprise, in their language, once; and no error names an address."""

from __future__ import annotations

import json

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from landwatch.config import Outlet
from landwatch.errors import ConfigError, PublishError
from landwatch.publish import Outlet as Told
from landwatch.publish import outlets
from landwatch.types import Message

from .test_deliver import NOON

pytestmark = pytest.mark.anyio

BODY = {
    "kind": "order",
    "order": 17,
    "act": "assign",
    "cause": "blur",
    "subject": "ridge",
    "detail": "12 equal pictures in a row, for 120 s",
    "opened": "2026-07-01T12:00:00Z",
    "respond_by": "2026-07-01T16:00:00Z",
    "repair_by": None,
    "note": "",
}


def message(**changes: object) -> Message:
    body = json.dumps({**BODY, **changes})
    return Message(outlet="desks", key="k", kind="order", time=NOON, body=body, lane="mender")


def outlet(**table: object) -> Told:
    (made,) = outlets([Outlet(name="desks", kind="apprise", **table)])
    return made


async def told(status: int = 200, **changes: object) -> list[dict[str, str]]:
    """What a desk with a webhook gets of one message."""
    got: list[dict[str, str]] = []

    async def take(request: web.Request) -> web.Response:
        got.append(await request.json())
        return web.Response(status=status)

    app = web.Application()
    app.router.add_post("/desk", take)
    async with TestServer(app, host="127.0.0.1") as server:
        language = changes.pop("language", "en")
        to = f"json://127.0.0.1:{server.port}/desk"
        await outlet(language=language).deliver(message(to=to, **changes))
    return got


async def test_a_desk_is_told_what_where_and_by_when() -> None:
    (got,) = await told()
    assert got["title"] == "Work order 17 is yours: blur"
    assert got["message"].split("\n") == [
        "What: blur",
        "Where: ridge",
        "Since: 2026-07-01T12:00:00Z",
        "12 equal pictures in a row, for 120 s",
        "To be acknowledged by: 2026-07-01T16:00:00Z",
    ]


async def test_a_desk_is_told_in_its_language() -> None:
    (got,) = await told(language="zh-CN", note="带梯子")
    assert got["title"] == "工单 17 已分配给贵方: 清晰度"
    assert "连续 12 张图片相同，已 120 秒" in got["message"]
    assert "带梯子" in got["message"]


async def test_a_desk_that_refuses_is_told_again_later() -> None:
    with pytest.raises(PublishError, match="mender could not be told by JSON"):
        await told(status=503)


async def test_an_error_names_neither_address_nor_password() -> None:
    with pytest.raises(PublishError) as failed:
        await outlet().deliver(message(to="json://user:hunter2@127.0.0.1:9/secret"))
    assert "hunter2" not in str(failed.value)
    assert "secret" not in str(failed.value)


async def test_an_address_without_a_mail_server_names_the_way_out() -> None:
    with pytest.raises(PublishError, match=r"the outlet has no mail; write mail = \{ env = ... \}"):
        await outlet().deliver(message(to="desk@mender.example"))


async def test_a_contact_that_apprise_does_not_know_names_the_register() -> None:
    with pytest.raises(PublishError, match="the contact of mender is no Apprise URL"):
        await outlet().deliver(message(to="pigeon://loft"))


def test_a_mail_server_that_is_none_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL", "json://host:hunter2@x/")
    with pytest.raises(ConfigError, match="mail: this is no Apprise URL of mail") as refused:
        outlet(mail={"env": "MAIL"})
    assert "hunter2" not in str(refused.value)
    monkeypatch.setenv("MAIL", "mailtos://user:hunter2@smtp.example.org?from=landwatch@example.org")
    outlet(mail={"env": "MAIL"})
