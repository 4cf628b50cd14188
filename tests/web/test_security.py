"""Nothing from outside, nothing inline, every name escaped."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from landwatch.store import Archive
from landwatch.web import create_app
from landwatch.web.guard import POLICY

from .conftest import Asker
from .scenes import Sight, fill, flat, well

WEB = Path(__file__).resolve().parents[2] / "src/landwatch/web"

PATHS = ("/", "/parts/fleet", "/cameras/ridge", "/cameras/bridge", "/events", "/events/smoke-ridge-1",
         "/nowhere", "/api/v1/cameras", "/api/v1/nothing", "/api/v1/openapi.json", "/healthz", "/metrics",
         "/static/landwatch.js", "/static/nothing.js", "/cameras/ridge/plots.json")  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_headers(site, path):
    headers = site.get(path).headers
    assert headers["content-security-policy"] == POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_the_policy_allows_only_what_the_server_itself_sends():
    assert "default-src 'none'" in POLICY
    assert "unsafe" not in POLICY
    assert {word for word in POLICY.split() if word.startswith("http") or word == "*"} == set()


@pytest.mark.parametrize("path", [path for path in PATHS if not path.startswith(("/api", "/static"))])
def test_pages_hold_no_script_style_or_handler_of_their_own(site, path):
    page = site.get(path, headers={"Accept": "text/html"}).text
    assert re.findall(r"<script(?![^>]*\ssrc=)[^>]*>", page) == []
    assert "<style" not in page
    assert re.findall(r"<[^>]*\s(?:style|on\w+)=", page) == []
    assert re.findall(r"hx-(?:on|vals|vars)", page) == []


@pytest.mark.parametrize("path", [path for path in PATHS if not path.startswith(("/api", "/static"))])
def test_pages_name_no_address_elsewhere(site, path):
    page = site.get(path, headers={"Accept": "text/html"}).text
    assert re.findall(r"""(?:src|href|action|hx-get)=["'](?!/|\?|#)[^"']*""", page) == []
    assert re.findall(r"""(?:src|href|action|hx-get)=["']//""", page) == []
    assert re.findall(r"https?://", page) == []


def test_own_scripts_and_styles_name_no_address_elsewhere():
    for path in (WEB / "static").glob("*.*"):
        text = path.read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert re.findall(r"https?://|@import|url\(", text) == [], path.name


def test_names_that_a_user_gives_are_escaped(tmp_path, news, clock):
    evil = "<img src=x onerror=alert(1)>\"' & {{ 7 * 7 }} {n}"
    sight = Sight(
        name="evil", title=evil, states=well(blur=("bad", 1.0, "1", evil)), smoke=True, quantity="smoke"
    )
    fill(tmp_path, [(sight, [flat(level) for level in range(7)])], hours=0.1)
    with Archive(tmp_path) as archive:
        site = Asker(create_app(archive, news, clock))
        for path in ("/", "/cameras/evil", "/events", "/events/smoke-evil-1", "/?q=<script>"):
            page = site.get(path).text
            assert "<img src=x" not in page, path
            assert "<script>" not in page, path
        assert "&lt;img src=x onerror=alert(1)&gt;&#34;&#39; &amp; {{ 7 * 7 }} {n}" in site.get("/").text


def test_other_hosts_are_refused_where_hosts_are_named(archive, news, clock):
    site = Asker(create_app(archive, news, clock, hosts=["landwatch.test"]))
    assert site.get("/healthz").status_code == 200
    assert site.get("/healthz", headers={"Host": "evil.test"}).status_code == 400


def test_files_outside_the_static_folder_cannot_be_read(site):
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py"):
        url = httpx.URL("http://landwatch.test").copy_with(raw_path=path.encode())
        assert site.get(str(url)).status_code == 404


def test_assets_named_by_their_sum_are_kept_for_long(site):
    address = re.search(r'src="(/static/landwatch\.js\?v=[0-9a-f]{10})"', site.get("/").text)
    assert "immutable" in site.get(address[1]).headers["cache-control"]
    assert site.get("/static/landwatch.js").headers["cache-control"] == "no-cache"


def test_no_page_calls_anything_live():
    for path in [*WEB.rglob("*.html"), *WEB.glob("static/*.*"), *(WEB.parent / "i18n").glob("*.po")]:
        text = re.sub(r"aria-live|liveness", "", path.read_text(encoding="utf-8"))
        assert re.findall(r"\blive\b|直播|实时", text, re.IGNORECASE) == [], path.name
