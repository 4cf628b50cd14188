"""Messages reach their outlets: at least once, in order, and no outlet waits for another."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from landwatch import config
from landwatch.clock import SetClock
from landwatch.config import settings_of
from landwatch.errors import ConfigError, PublishError
from landwatch.publish import (
    Outlet,
    deliver_pending,
    jsonl,
    keep_delivering,
    outlets,
    release,
    wait_for,
    webhook,
)
from landwatch.rooms import modules
from landwatch.types import Event, Message, Outcome

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)


def message(n: int, outlet: str = "hook") -> Message:
    return Message(outlet=outlet, key=f"k{n}", kind="event", time=NOON, body=json.dumps({"n": n}))


class Box:
    """An outbox in memory, with the order and the notes of the store's."""

    def __init__(self, *messages: Message) -> None:
        self.waiting = list(messages)
        self.done: list[tuple[Message, datetime]] = []

    def pending(self, outlet: str, limit: int = 100, without: Collection[str] = ()) -> Sequence[Message]:
        return [one for one in self.waiting if one.outlet == outlet and one.lane not in without][:limit]

    def delivered(self, message: Message, at: datetime) -> None:
        self.waiting.remove(message)
        self.done.append((message, at))

    def failed(self, message: Message, error: str, due: datetime) -> None:
        place = self.waiting.index(message)
        later = dataclasses.replace(message, attempts=message.attempts + 1, error=error, due=due)
        self.waiting[place] = later


class Fake:
    """An outlet that notes what it took, and refuses while it is down."""

    def __init__(
        self, name: str = "hook", error: Exception | None = None, refused: str | None = None
    ) -> None:
        self.error = error
        self.refused = refused
        """The lane that it does not take."""
        self.took: list[str] = []
        self.outlet = Outlet(name=name, deliver=self.deliver)

    async def deliver(self, message: Message) -> None:
        if self.error is not None:
            raise self.error
        if message.lane == self.refused:
            raise PublishError("no such mailbox")
        self.took.append(message.key)


async def test_messages_are_taken_in_order_over_many_reads_of_the_outbox() -> None:
    box, fake = Box(*(message(n) for n in range(120))), Fake()
    round_ = await deliver_pending(box, [fake.outlet], SetClock(NOON))
    assert fake.took == [f"k{n}" for n in range(120)]
    assert (round_.taken, round_.failed, round_.next_due, box.waiting) == (120, 0, None, [])


async def test_a_message_waits_for_the_one_before_it() -> None:
    box, fake, clock = Box(message(0), message(1)), Fake(error=PublishError("503")), SetClock(NOON)
    round_ = await deliver_pending(box, [fake.outlet], clock)
    assert (round_.taken, round_.failed) == (0, 1)
    assert [(one.key, one.attempts, one.error) for one in box.waiting] == [("k0", 1, "503"), ("k1", 0, "")]
    fake.error = None
    assert (await deliver_pending(box, [fake.outlet], clock)).taken == 0, "it is not due yet"
    assert round_.next_due is not None
    clock.set(round_.next_due)
    assert (await deliver_pending(box, [fake.outlet], clock)).taken == 2
    assert fake.took == ["k0", "k1"]


async def test_a_lane_that_is_refused_holds_up_no_other_lane() -> None:
    lost = [dataclasses.replace(message(n), lane="roads") for n in range(60)]
    box, fake = (
        Box(*lost, message(60), dataclasses.replace(message(61), lane="rivers")),
        Fake(refused="roads"),
    )
    round_ = await deliver_pending(box, [fake.outlet], SetClock(NOON))
    assert fake.took == ["k60", "k61"]
    assert (round_.taken, round_.failed, len(box.waiting)) == (2, 1, 60)
    assert [one.attempts for one in box.waiting[:2]] == [1, 0], (
        "within a lane, each waits for the one before it"
    )


async def test_a_failing_outlet_costs_no_other() -> None:
    box = Box(message(0, "bad"), message(1, "odd"), message(2, "good"))
    bad, odd, good = Fake("bad", PublishError("down")), Fake("odd", KeyError("x")), Fake("good")
    round_ = await deliver_pending(box, [bad.outlet, odd.outlet, good.outlet], SetClock(NOON))
    assert (round_.taken, round_.failed) == (1, 2)
    assert good.took == ["k2"]
    assert [one.error for one in box.waiting] == ["down", "KeyError in the outlet odd: 'x'"]


async def test_a_hanging_outlet_delays_no_other() -> None:
    box, good, both = Box(message(0, "slow"), message(1, "good")), Fake("good"), asyncio.Event()

    async def hang(_: Message) -> None:
        await asyncio.Event().wait()

    async def sleep(_: float) -> None:
        if good.took == ["k1", "k2"]:
            both.set()
        elif "k2" not in [one.key for one in box.waiting]:
            box.waiting.append(message(2, "good"))

    slow = Outlet(name="slow", deliver=hang)
    loop = asyncio.create_task(keep_delivering(box, [slow, good.outlet], SetClock(NOON), sleep=sleep))
    await asyncio.wait_for(both.wait(), 30)
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop
    assert [one.key for one in box.waiting] == ["k0"]


def test_the_wait_doubles_up_to_five_minutes() -> None:
    for attempts, longest in ((1, 2), (2, 4), (3, 8), (8, 256), (9, 300), (10_000, 300)):
        waits = {wait_for(attempts) for _ in range(50)}
        assert all(timedelta(seconds=longest / 2) <= wait <= timedelta(seconds=longest) for wait in waits)
        assert len(waits) > 1, "outlets that failed together do not come back together"


def outcome(*events: Event) -> Outcome:
    return Outcome(
        camera="ridge",
        name="a.jpg",
        taken=NOON,
        time_from="clock",
        received=NOON,
        status="withheld",
        reason="model",
        masked=None,
        model=None,
        still=None,
        events=events,
    )


def event(state: str = "opened", seconds: float = 0) -> Event:
    return Event(
        id="e1",
        hazard="smoke",
        camera="ridge",
        state=state,  # type: ignore[arg-type]
        opened=NOON,
        time=NOON + timedelta(seconds=seconds),
        score=0.5,
        region=(1, 2, 3, 4),
        file="a.jpg",
    )


def test_each_change_of_an_event_is_a_message_for_each_outlet() -> None:
    messages = release(outcome(event(), event("closed", 60)), ["hook", "file"])
    assert [(one.outlet, json.loads(one.body)["state"]) for one in messages] == [
        ("hook", "opened"),
        ("file", "opened"),
        ("hook", "closed"),
        ("file", "closed"),
    ]
    assert json.loads(messages[0].body) == {
        "kind": "event",
        "key": messages[0].key,
        "event": "e1",
        "hazard": "smoke",
        "state": "opened",
        "camera": "ridge",
        "file": "a.jpg",
        "opened": "2026-07-01T12:00:00Z",
        "time": "2026-07-01T12:00:00Z",
        "region": [1, 2, 3, 4],
        "score": 0.5,
        "still": None,
        "drill": False,
    }


def test_a_change_has_the_same_key_each_time_and_no_other_change_has_it() -> None:
    again = release(outcome(event()), ["hook"])[0].key
    assert release(outcome(event()), ["hook"])[0].key == again
    changes = [event(), event("updated"), event("updated", 1), event("closed", 1)]
    assert len({release(outcome(one), ["hook"])[0].key for one in changes}) == 4


def test_an_outcome_without_events_has_no_message() -> None:
    assert release(outcome(), ["hook"]) == ()


def test_every_outlet_of_the_room_has_settings_and_delivers() -> None:
    assert list(modules("publish")) == ["apprise", "cap", "jsonl", "webhook"]
    for module in modules("publish").values():
        assert dataclasses.is_dataclass(module.Settings)
        assert asyncio.iscoroutinefunction(module.deliver)


async def test_an_outlet_of_the_configuration_is_found_and_set(tmp_path: Path) -> None:
    entry = config.Outlet.model_validate(
        {"name": "log", "kind": "jsonl", "path": str(tmp_path / "events.jsonl")}
    )
    (outlet,) = outlets([entry])
    await outlet.deliver(message(0))
    assert (outlet.name, (tmp_path / "events.jsonl").read_text()) == ("log", '{"n": 0}\n')


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"kind": "pigeon"}, "no kind of outlet called 'pigeon'; there are: apprise, cap, jsonl, webhook"),
        ({"kind": "jsonl", "pth": "x"}, "outlet o: unknown key 'pth'; did you mean 'path'?"),
        ({"kind": "webhook", "url": "http://example.org/x"}, "example.org would be told over plain HTTP"),
        ({"kind": "webhook", "url": "ftp://example.org/x"}, "starts with https:// or http://"),
        ({"kind": "webhook", "url": "https://u:p@example.org/"}, "no password belongs into an address"),
        ({"kind": "webhook", "url": "https://example.org/", "timeout": 0}, "more than 0 and at most 300 s"),
        (
            {"kind": "webhook", "url": "https://example.org/", "token": {"env": "NO_SUCH_TOKEN"}},
            "NO_SUCH_TOKEN",
        ),
    ],
)
def test_a_wrong_outlet_stops_the_start_and_says_why(table: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        outlets([config.Outlet.model_validate({"name": "o", **table})])
    assert says in str(caught.value)
    assert "u:p@" not in str(caught.value)


async def test_jsonl_ends_a_line_that_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"n": 0}\n{"n"')
    for n in (1, 2):
        await jsonl.deliver(message(n), jsonl.Settings(path=path))
    assert path.read_text().splitlines() == ['{"n": 0}', '{"n"', '{"n": 1}', '{"n": 2}']


async def test_jsonl_names_a_file_that_it_cannot_write(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match=r"cannot append to .*No such file or directory"):
        await jsonl.deliver(message(0), jsonl.Settings(path=tmp_path / "none" / "x"))


class Hook:
    """An HTTP server on loopback that answers what it is told to, and notes what it got."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.got: list[tuple[str, str, str | None, bytes]] = []
        self.paths: dict[str, int] = defaultdict(int)
        self.headers: list[dict[str, str]] = []
        self.hold = asyncio.Event()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.answer)
        self.server = TestServer(app, host="127.0.0.1")

    async def answer(self, request: web.Request) -> web.Response:
        self.paths[request.path] += 1
        headers = request.headers
        self.headers.append(dict(headers))
        self.got.append(
            (
                headers["Idempotency-Key"],
                headers["Content-Type"],
                headers.get("Authorization"),
                await request.read(),
            )
        )
        status = self.statuses.pop(0)
        if status == 0:
            await self.hold.wait()
        return web.Response(status=status or 200, headers={"Location": "/other"} if status == 302 else {})

    async def __aenter__(self) -> Hook:
        await self.server.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.hold.set()
        await self.server.close()

    def settings(self, **more: object) -> webhook.Settings:
        return settings_of(webhook.Settings, {"url": str(self.server.make_url("/hook")), **more}, "test")


async def test_a_webhook_gets_json_a_key_and_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_TOKEN", "s3cret")
    async with Hook(204) as hook:
        await webhook.deliver(message(7), hook.settings(token={"env": "HOOK_TOKEN"}))
    assert hook.got == [("k7", "application/json", "Bearer s3cret", b'{"n": 7}')]


async def test_a_signed_post_is_believed_by_the_library_of_standard_webhooks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secret = "whsec_" + base64.b64encode(bytes(range(32))).decode()
    monkeypatch.setenv("HOOK_SECRET", secret)
    async with Hook(204) as hook:
        await webhook.deliver(message(7), hook.settings(secret={"env": "HOOK_SECRET"}))
    (headers,) = hook.headers
    assert Webhook(secret).verify(b'{"n": 7}', headers) == {"n": 7}
    assert headers["webhook-id"] == "k7"
    for forged, told in ((b'{"n": 8}', headers), (b'{"n": 7}', {**headers, "webhook-id": "k8"})):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(forged, told)


@pytest.mark.parametrize(("secret", "says"), [("whsec_c2hvcnQ=", "5 bytes"), ("whsec_!", "base64")])
def test_a_secret_that_signs_nothing_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, secret: str, says: str
) -> None:
    monkeypatch.setenv("HOOK_SECRET", secret)
    table = {"url": "https://example.org/", "secret": {"env": "HOOK_SECRET"}}
    with pytest.raises(ConfigError, match=says):
        settings_of(webhook.Settings, table, "test")


@pytest.mark.parametrize("status", [302, 400, 404, 500, 503])
async def test_an_answer_that_is_no_2xx_is_not_taken(status: int) -> None:
    async with Hook(status) as hook:
        with pytest.raises(PublishError, match=f"127.0.0.1 answered {status}"):
            await webhook.deliver(message(0), hook.settings())
    assert dict(hook.paths) == {"/hook": 1}, "no redirection is followed"


async def test_a_webhook_that_hangs_is_given_up_in_time() -> None:
    async with Hook(0) as hook:
        with pytest.raises(PublishError, match=r"127.0.0.1 did not answer within 0.05 s"):
            await webhook.deliver(message(0), hook.settings(timeout=0.05))


async def test_a_webhook_that_refuses_names_the_host_and_not_the_path() -> None:
    hook = Hook()
    async with hook:
        settings = hook.settings()
    with pytest.raises(PublishError, match=r"127.0.0.1 cannot be reached") as caught:
        await webhook.deliver(message(0), settings)
    assert "/hook" not in str(caught.value)


async def test_a_second_attempt_has_the_same_key() -> None:
    clock = SetClock(NOON)
    async with Hook(500, 200) as hook:
        settings = hook.settings()

        async def deliver(one: Message) -> None:
            await webhook.deliver(one, settings)

        box, outlet = Box(message(3)), Outlet(name="hook", deliver=deliver)
        assert (await deliver_pending(box, [outlet], clock)).failed == 1
        clock.set(NOON + timedelta(seconds=2))
        assert (await deliver_pending(box, [outlet], clock)).taken == 1
    assert [key for key, *_ in hook.got] == ["k3", "k3"]
