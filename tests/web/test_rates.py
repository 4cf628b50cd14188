"""Rates and gaps by the API and on pages."""

from __future__ import annotations

import pytest


def test_rates_are_told_with_numerator_and_denominator(site):
    told = site.get("/api/v1/rates").json()
    assert (told["start"], told["end"], told["by"]) == ("2026-06-02", "2026-07-02", "all")
    assert [rate["rate"] for rate in told["rates"]] == [
        "online", "good", "completeness", "delay", "in_time", "on_target", "repair",
    ]  # fmt: skip
    online = told["rates"][0]
    assert online["group"] is None
    assert online["value"] == online["numerator"] / online["denominator"]


def test_days_are_counted_back_from_the_end(site):
    told = site.get("/api/v1/rates", params={"end": "2026-07-01", "days": 7}).json()
    assert (told["start"], told["end"]) == ("2026-06-24", "2026-07-01")
    assert site.get("/api/v1/rates", params={"days": 0}).status_code == 422


def test_a_span_without_days_is_a_problem_that_says_so(site):
    answer = site.get("/rates", params={"from": "2026-07-02", "to": "2026-07-01"})
    assert answer.status_code in (400, 422)
    assert "are 0 days; allowed are 1 to 3660" in answer.text


@pytest.mark.parametrize("path", ["/rates", "/rates?by=age&from=2026-07-01&to=2026-07-01", "/gaps"])
@pytest.mark.parametrize(("language", "word"), [("en", "Rates"), ("zh-CN", "指标")])
def test_the_pages_speak_both_languages(site, path, language, word):
    answer = site.get(path, headers={"accept-language": language})
    assert answer.status_code == 200
    assert word in answer.text


def test_gaps_are_told_with_their_verdict(site):
    told = site.get("/api/v1/gaps").json()["items"]
    assert {gap["verdict"] for gap in told} == {"too few"}


def test_dates_that_are_none_are_refused(site):
    assert site.get("/rates?from=June").status_code in (400, 422)
