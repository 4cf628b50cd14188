"""The commands of upkeep, on a store that `fleet` itself makes."""

from __future__ import annotations

import csv
import json

import pytest

from landwatch.clock import SetClock
from landwatch.store import Store
from landwatch.testing import NOON

ORGANISATIONS = (
    "name,title,contact\nmender,Mender Ltd,json://mender.example/\nroads,County roads,desk@roads.example\n"
)
SITES = "name,title,latitude,longitude,area,settlement\nridge,Ridge,46.5,-9.9,Upper county,rural\n"
LEVELS = 'name,target,response,repair,hours,zone\nfast,98,4,24,"mon-fri 08:00-17:00, sat 08:00-12:00",UTC\n'
CAMERAS = (
    "camera,site,make,managed_by,maintained_by,level,installed\nc0,ridge,=Acme,roads,mender,fast,2020-01-01\n"
)


@pytest.fixture
def store(tmp_path, landwatch):
    """A store with registers; returns a function that runs `landwatch fleet ... --store`."""
    for name, text in (
        ("organisations", ORGANISATIONS),
        ("sites", SITES),
        ("levels", LEVELS),
        ("cameras", CAMERAS),
    ):
        file = tmp_path / f"{name}.csv"
        file.write_text(text)
        ran = landwatch("fleet", name, "import", file, "--store", tmp_path / "store")
        assert (ran.code, ran.out) == (0, f"{text.count(chr(10)) - 1} {name}\n"), ran.err
    return lambda *words: landwatch("fleet", *words, "--store", tmp_path / "store")


def test_the_life_of_an_order_by_commands(store):
    opened = store("orders", "open", "c0", "bracket", "--note", "bent", "--json").lines[0]
    assert (opened["state"], opened["organisation"], opened["level"]) == ("assigned", "mender", "fast")
    number = opened["order"]
    for words, state in (
        (("acknowledge", number), "acknowledged"),
        (("hold", number, "--note", "snow"), "on_hold"),
        (("resume", number), "acknowledged"),
        (("done", number), "done"),
        (("verify", number, "--as", "inspector"), "verified"),
    ):
        ran = store("orders", *words, "--json")
        assert (ran.code, ran.lines[0]["state"]) == (0, state), ran.err
    (shown,) = store("orders", "show", number, "--json").lines
    assert [step["act"] for step in shown["steps"]] == [
        "open", "assign", "acknowledge", "hold", "resume", "done", "verify",
    ]  # fmt: skip
    assert store("orders", "list", "--json").out == ""
    assert [line["order"] for line in store("orders", "list", "--all", "--json").lines] == [number]
    assert "bracket" in store("orders", "list", "--all").out
    assert "snow" in store("orders", "show", number).out


def test_what_may_not_be_is_exit_code_2_and_says_what_may(store):
    number = store("orders", "open", "c0", "bracket", "--json").lines[0]["order"]
    for words, message in (
        (("orders", "verify", number, "--as", "maintainer"), "a maintainer may not verify"),
        (("orders", "hold", number), "needs a note"),
        (("orders", "done", "77"), "there is no order 77"),
        (("orders", "done", number, "--as", "boss"), "there are: maintainer, manager, inspector"),
        (("orders", "open", "c9", "blur"), "no camera is called 'c9'"),
        (("cameras", "lifecycle", "c0", "dead"), "planned, active, maintenance, retired"),
    ):
        ran = store(*words)
        assert ran.code == 2
        assert message in ran.err


def test_a_second_order_for_one_cause_is_the_first(store):
    first = store("orders", "open", "c0", "bracket", "--json").lines[0]
    again = store("orders", "open", "c0", "bracket", "--note", "worse", "--json")
    assert again.lines[0]["order"] == first["order"]
    assert "stands for this already" in again.err


@pytest.mark.parametrize(
    ("name", "text"),
    [("organisations", ORGANISATIONS), ("sites", SITES), ("levels", LEVELS), ("cameras", CAMERAS)],
)
def test_what_is_exported_is_what_was_imported_and_can_be_imported_again(store, tmp_path, name, text):
    out = tmp_path / "out.csv"
    assert store(name, "export", "--out", out).code == 0
    (given,), (kept,) = (list(csv.DictReader(lines.splitlines()))[:1] for lines in (text, out.read_text()))
    for column, cell in given.items():
        assert kept[column] == ("'=Acme" if cell == "=Acme" else cell), column
    assert store(name, "import", out).code == 0
    assert store(name, "export").out.splitlines() == out.read_text().splitlines()


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("cameras", "camera,site\nc1,nowhere\n", "no site is called 'nowhere'; there are: ridge"),
        ("cameras", "camera,colour\nc1,red\n", "unknown column 'colour'; columns are: camera, site"),
        ("cameras", "site\nridge\n", "there is no column 'camera'"),
        ("cameras", "camera,installed\nc1,1.1.2020\n", "line 2: installed = '1.1.2020' is not a date"),
        (
            "sites",
            "name,settlement\nx,village\n",
            "line 2: settlement = 'village'; allowed are: urban, rural",
        ),
        ("levels", "name,target\nslow,98\n", "a new one needs response, repair"),
        ("sites", "name,title\nx\n", "not as many cells as the header"),
    ],
)
def test_a_file_that_cannot_be_meant_changes_nothing(store, tmp_path, name, text, message):
    before = store(name, "export").out
    file = tmp_path / "bad.csv"
    file.write_text(text)
    ran = store(name, "import", file)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert store(name, "export").out == before


def test_a_column_that_is_left_out_stays_as_it_is(store, tmp_path):
    file = tmp_path / "serials.csv"
    file.write_text("camera,serial\nc0,S-1\n")
    store("cameras", "import", file)
    (row,) = csv.DictReader(store("cameras", "export").out.splitlines())
    assert (row["serial"], row["site"], row["maintained_by"]) == ("S-1", "ridge", "mender")


def test_commands_work_while_a_keeper_holds_the_store(store, tmp_path):
    with Store.open(tmp_path / "store", SetClock(NOON)):
        assert store("orders", "open", "c0", "bracket").code == 0


def test_texts_can_be_attached_and_pictures_not(store, tmp_path):
    number = store("orders", "open", "c0", "bracket", "--json").lines[0]["order"]
    text, picture = tmp_path / "a.md", tmp_path / "a.jpg"
    text.write_text("# Offer")
    picture.write_bytes(b"\xff\xd8")
    assert store("orders", "attach", number, text).code == 0
    refused = store("orders", "attach", number, picture)
    assert (refused.code, "may show people" in refused.err) == (2, True)
    (shown,) = store("orders", "show", number, "--json").lines
    assert shown["attachments"][0]["content"] == "# Offer"


def test_a_label_leads_to_the_page_for_reports(store, tmp_path):
    out = tmp_path / "c0.svg"
    ran = store("cameras", "label", "c0", "--address", "https://cameras.example.org", "--out", out)
    assert ran.out.startswith("https://cameras.example.org/report/")
    assert "<svg" in out.read_text()
    assert "serve.address" in store("cameras", "label", "c0", "--out", out).err


def test_outlets_of_the_configuration_tell_what_a_command_did(store, tmp_path, landwatch):
    config = tmp_path / "landwatch.toml"
    config.write_text(
        f"[store]\nfolder = {json.dumps(str(tmp_path / 'store'))}\n"
        "[[outlet]]\nname = 'file'\nkind = 'jsonl'\npath = 'x.jsonl'\n"
    )
    assert landwatch("fleet", "orders", "open", "c0", "bracket", "--config", config).code == 0
    with Store.open(tmp_path / "store", SetClock(NOON)) as opened:
        assert [json.loads(one.body)["act"] for one in opened.pending("file")] == ["open", "assign"]


def test_rates_by_commands_say_what_was_counted(store):
    lines = store("rates", "--by", "site", "--json").lines
    assert {(line["by"], line["group"]) for line in lines} == {("site", "ridge"), ("all", "")}
    good = next(line for line in lines if line["rate"] == "good" and line["group"] == "ridge")
    assert good["numerator"] == 0
    assert good["value"] in (0, None)  # registered a moment ago, and never followed
    ran = store("rates", "--csv", "--from", "2026-07-01", "--to", "2026-07-02")
    rows = list(csv.DictReader(ran.out.splitlines()))
    assert (rows[0]["from"], rows[0]["to"], rows[0]["rate"]) == ("2026-07-01", "2026-07-02", "online")
    assert "in_time" in store("rates").out
    assert len(store("gaps", "--json").lines) == 9
    assert "too few" in store("gaps").out
    for words in (("--by", "colour"), ("--from", "June"), ("--from", "2026-07-02", "--to", "2026-07-01")):
        assert store("rates", *words).code == 2


def test_an_inspection_by_commands(store, tmp_path, landwatch):
    checklist = tmp_path / "checklist.csv"
    checklist.write_text("item,words,weight\nbracket,Is it firm?,3\nlabel,Is it <there> & read?,1\n")
    asked = ("inspections", "start", "spring", "--inspector", "roads", "--checklist", checklist)
    begun = store(*asked, "--share", "1", "--by", "area", "--title", "Spring", "--json").lines[0]
    assert [(one["camera"], one["stratum"]) for one in begun["cameras"]] == [("c0", "Upper county")]
    failed = store(
        "inspections", "mark", "spring", "c0", "bracket", "fail", "--note", "loose & bent", "--json"
    )
    number = failed.lines[0]["order"]
    assert store("orders", "show", number, "--json").lines[0]["detail"] == "loose & bent"
    assert store("inspections", "close", "spring").code == 2
    assert store("inspections", "mark", "spring", "c0", "label", "pass").out == "c0 label: pass\n"
    assert store("inspections", "close", "spring", "--json").lines[0]["score"] == 0.25
    assert "order" in store("inspections", "show", "spring").out
    assert "score 25.0 %" in store("inspections", "list").out
    assert store("inspections", "list", "--json").lines[0]["campaign"] == "spring"
    for language in ("en", "zh-CN"):
        out = tmp_path / f"{language}.pdf"
        assert store("inspections", "report", "spring", "--out", out, "--language", language).code == 0
        assert out.read_bytes().startswith(b"%PDF-1")
    for words, says in (
        (("mark", "spring", "c0", "label", "good"), "no mark is called 'good'"),
        (("show", "autumn"), "there are: spring"),
        (("report", "spring", "--out", tmp_path / "x.pdf", "--language", "fr"), "there are: en"),
        (("start", "x", "--inspector", "roads", "--checklist", tmp_path / "none"), "cannot read"),
    ):
        ran = store("inspections", *words)
        assert (ran.code, says in ran.err) == (2, True), ran.err


def test_one_row_is_added_and_changed_without_a_file(store):
    assert store("sites", "set", "ford", "--area", "Lower county").out == "ford is written\n"
    assert store("cameras", "set", "c1", "--site", "ford", "--maintained-by", "mender").code == 0
    assert store("cameras", "set", "c1", "--make", "Acme", "--maintained-by", "").code == 0
    rows = {row["camera"]: row for row in csv.DictReader(store("cameras", "export").out.splitlines())}
    assert [rows["c1"][key] for key in ("site", "make", "maintained_by")] == ["ford", "Acme", ""]
    assert rows["c0"]["site"] == "ridge", "other rows stay as they are"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("sites", "set", "ford", "--settlement", "village"),
            "ford: settlement = 'village'; allowed are: urban",
        ),
        (("sites", "set", "ford", "--latitude", "north"), "ford: latitude = 'north' is not a number"),
        (("sites", "set", "ford", "--latitude", "91"), "latitude = 91.0: allowed are -90 to 90"),
        (("cameras", "set", "c1", "--site", "nowhere"), "no site is called 'nowhere'; there are: ridge"),
        (
            ("cameras", "set", "c1", "--lifecycle", "dead"),
            "allowed are: planned, active, maintenance, retired",
        ),
        (("levels", "set", "slow", "--target", "98"), "slow: a new one needs response, repair"),
        (("organisations", "set", "A b"), "a name has lower case letters"),
    ],
)
def test_a_row_that_cannot_be_meant_names_the_field_and_what_is_allowed(store, words, message):
    ran = store(*words)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


def test_tables_of_upkeep_are_exported(store, tmp_path, landwatch):
    def exported(*words):
        ran = landwatch("export", *words, "--store", tmp_path / "store")
        assert ran.code == 0, ran.err
        return ran

    for name in ("organisations", "sites", "levels"):
        assert exported(name).out == store(name, "export").out
    assert exported("cameras-register").out == store("cameras", "export").out
    assert exported("orders").out.startswith("kind,order,scope,subject,cause,"), "a header without a row"
    store("orders", "open", "c0", "bracket", "--note", "=bent")
    (row,) = csv.DictReader(exported("orders").out.splitlines())
    assert (row["subject"], row["cause"], row["detail"], row["state"]) == (
        "c0",
        "bracket",
        "'=bent",
        "assigned",
    )
    assert exported("orders", "--format", "json").lines == store("orders", "list", "--json").lines
    checklist = tmp_path / "checklist.csv"
    checklist.write_text("item,words,weight\nlabel,Is it read?,1\npaint,Is it whole?,1\n")
    store("inspections", "start", "spring", "--inspector", "roads", "--checklist", checklist, "--share", "1")
    store("inspections", "mark", "spring", "c0", "paint", "fail", "--note", "rust")
    out = tmp_path / "out.csv"
    exported("inspections", "--out", out)
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert [(row["camera"], row["item"], row["mark"], row["note"], row["order"]) for row in rows] == [
        ("c0", "label", "", "", ""),
        ("c0", "paint", "fail", "rust", "2"),
    ]
    asked = ("--from", "2026-07-01", "--to", "2026-07-02")
    rows = list(csv.DictReader(exported("rates", *asked).out.splitlines()))
    assert {(row["by"], row["group"]) for row in rows} == {("camera", "c0"), ("all", "")}


def test_labels_of_many_poles_are_one_pdf(store, tmp_path):
    out = tmp_path / "labels.pdf"
    asked = ("labels", out, "--address", "https://cameras.example.org", "--call", "0800 555 111")
    store("cameras", "set", "c1")
    assert store(*asked).out == "2 labels\n"
    assert out.read_bytes().startswith(b"%PDF-1")
    assert store(*asked, "--site", "ridge").out == "1 labels\n"
    assert store("labels", out, "c1", "--address", "https://cameras.example.org").out == "1 labels\n"
    for words, says in (
        (("labels", out), "serve.address"),
        ((*asked, "--site", "nowhere"), "no camera is registered at site 'nowhere'"),
        (("labels", out, "c9", "--address", "https://x.example"), "no camera is registered as 'c9'"),
    ):
        ran = store(*words)
        assert (ran.code, says in ran.err) == (2, True), ran.err
