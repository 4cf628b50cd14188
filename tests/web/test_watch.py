from __future__ import annotations

import shutil
import subprocess
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from landwatch.store import Archive, Store
from landwatch.types import Message, Outage
from landwatch.web import create_app, watch

from .conftest import SIGHTS, Asker
from .scenes import NOW, fill, flat, outcome, still


def test_healthy_when_a_camera_is_fresh(site):
    answer = site.get("/healthz")
    assert answer.status_code == 200
    told = answer.json()
    # Of four cameras, one is 45 min late and one never gave a picture.
    assert (told["status"], told["cameras"], told["fresh"]) == ("ok", 4, 2)
    assert told["newest_commit"] == "2026-07-01T11:59:56.400Z"


def test_hour_old_pictures_are_not_healthy(site, clock):
    clock.set(NOW + timedelta(hours=1))
    answer = site.get("/healthz")
    assert (answer.status_code, answer.json()["status"], answer.json()["fresh"]) == (503, "stale", 0)


def test_a_keeper_that_hangs_is_not_healthy(site, news, clock):
    news.publish()
    clock.set(NOW + timedelta(seconds=1))
    assert site.get("/healthz").json()["newest_commit"] == "2026-07-01T12:00:00Z"
    clock.set(NOW + timedelta(minutes=6))
    assert site.get("/healthz").status_code == 503


def test_a_stopped_keeper_is_not_healthy(site, news):
    news.stop()
    answer = site.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (503, "stopped")


def test_an_alarm_is_not_healthy_and_stands_on_every_page(site, news):
    news.publish()
    news.alarm("two smoke events stand at <north>")
    answer = site.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (503, "alarm")
    assert answer.json()["alarms"] == ["two smoke events stand at <north>"]
    for path in ("/", "/events"):
        page = site.get(path).text
        assert 'role="alert"' in page
        assert "two smoke events stand at &lt;north&gt;" in page
    assert figures(site)["landwatch_alarms", ()] == 1


def test_an_empty_store_is_not_called_ok(empty_site):
    answer = empty_site.get("/healthz")
    assert (answer.status_code, answer.json()["status"]) == (200, "empty")


def figures(site) -> dict[tuple[str, tuple[str, ...]], float]:
    text = site.get("/metrics").text
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics_count_cameras_by_state_and_pictures_by_age(site):
    told = figures(site)
    assert told["landwatch_cameras", ("bad",)] == 2
    assert told["landwatch_cameras", ("doubtful",)] == 1
    assert told["landwatch_cameras", ("good",)] == 1
    assert told["landwatch_picture_age_seconds", ("ridge",)] == 4
    assert told["landwatch_picture_age_seconds", ("quarry",)] == 2700
    assert told["landwatch_events_open", ("smoke",)] == 1


def test_metrics_count_what_the_keeper_tells(site, news):
    news.publish(
        outcome("ridge", NOW, still(flat(1))),
        outcome("ridge", NOW, None, reason="share"),
        Outage(camera="bridge", time=NOW, kind="refused", message=""),
    )
    told = figures(site)
    assert told["landwatch_commits_total", ()] == 1
    assert told["landwatch_frames_total", ("cleared",)] == 1
    assert told["landwatch_frames_total", ("withheld",)] == 1
    assert told["landwatch_outages_total", ("refused",)] == 1


def test_metrics_tell_what_waits_for_outlets_and_for_the_keeper(tmp_path, news, clock):
    fill(tmp_path, SIGHTS, hours=0.1)
    with Store.open(tmp_path, clock) as store:
        for key, outlet in (("a", "desk"), ("b", "desk"), ("c", "centre")):
            sent = NOW - timedelta(seconds=30 if key == "a" else 10)
            store.keep(
                outcome("ridge", NOW, None, reason="share"),
                [Message(outlet=outlet, key=key, kind="event", time=sent, body="{}")],
            )
        store.failed(store.pending("desk")[0], "refused", NOW)
    news.queued = lambda: 7
    with Archive(tmp_path) as archive:
        told = figures(Asker(create_app(archive, news, clock)))
    assert told["landwatch_undelivered_messages", ("desk",)] == 2
    assert told["landwatch_undelivered_failing", ("desk",)] == 1
    assert told["landwatch_undelivered_oldest_seconds", ("desk",)] == 30
    assert told["landwatch_undelivered_messages", ("centre",)] == 1
    assert told["landwatch_queue_items", ()] == 7


def test_metrics_sum_what_frames_took(site, news, clock):
    # It arrives 0.4 s after capture, and is kept when the clock says so.
    clock.set(NOW + timedelta(seconds=2))
    news.publish(outcome("ridge", NOW, still(flat(1))))
    told = figures(site)
    assert told["landwatch_step_seconds_sum", ("arrive",)] == pytest.approx(0.4)
    assert told["landwatch_step_seconds_sum", ("keep",)] == pytest.approx(1.6)
    assert told["landwatch_step_seconds_count", ("keep",)] == 1


def test_a_figure_has_no_more_values_than_prometheus_can_keep(site, monkeypatch):
    monkeypatch.setattr(watch, "MOST_LABELS", 1)
    ages = [key for key in figures(site) if key[0] == "landwatch_picture_age_seconds"]
    assert ages == [("landwatch_picture_age_seconds", ("quarry",))]  # the oldest


def test_metrics_say_nothing_of_masks_or_people(site):
    text = site.get("/metrics").text.lower()
    for word in ("mask", "share", "person", "people", "box"):
        assert word not in text


def test_promtool_finds_no_fault(site):
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("no promtool: apt-get install prometheus to run this test")
    done = subprocess.run(
        [promtool, "check", "metrics"], input=site.get("/metrics").text, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
