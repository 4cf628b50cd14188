"""What Landwatch measures, by SensorThings: in SQLite and in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from landwatch.clock import SetClock
from landwatch.store import Archive, Beside
from tests.store import made
from tests.web.sta.conftest import GREENNESS, LEVEL, RIDGE, ROAD, ROADS, Service, app_of, fill


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for all questions: none of them changes anything."""
    url = None if request.param == "sqlite" else request.getfixturevalue("cluster").new_database()
    folder = tmp_path_factory.mktemp("store")
    fill(folder, url)
    beside = Beside(folder, SetClock(made.NOON), url=url)
    with Archive(folder, url=url) as archive:
        yield Service(app_of(folder, archive, beside))
    beside.close()


def test_a_camera_is_a_thing_with_its_place_and_its_streams(service: Service) -> None:
    thing = service.told(f"Things({RIDGE})", expand="Locations,Datastreams")
    assert (thing["name"], thing["description"]) == ("ridge", "山脊 · Ridge")
    assert thing["Locations"][0]["location"] == {"type": "Point", "coordinates": [103.25, 30.5]}
    assert [each["@iot.id"] for each in thing["Datastreams"]] == [GREENNESS, LEVEL]


def test_no_address_of_a_camera_is_told(service: Service) -> None:
    assert "secret" not in service.get("Things").text


def test_what_was_not_seen_is_null_with_a_reason(service: Service) -> None:
    seen, unseen = service.told(f"Datastreams({LEVEL})/Observations")["value"]
    assert (seen["result"], seen["resultQuality"]["absent"]) == (2.5, None)
    assert (unseen["result"], unseen["resultQuality"]["absent"]) == (None, "night")


def test_uncertainty_is_in_the_quality(service: Service) -> None:
    first = service.told(f"Datastreams({GREENNESS})/Observations", top="1")["value"][0]
    assert first["resultQuality"] == {"uncertainty": 0.01, "absent": None, "flags": []}
    assert first["phenomenonTime"] == "2026-07-01T12:00:00.000Z"


def test_one_instrument_is_one_sensor_of_all_its_cameras(service: Service) -> None:
    (sensor,) = service.told("Sensors", filter="name eq 'greenness/1'", expand="Datastreams")["value"]
    assert sensor["properties"] == {"instrument": "greenness", "version": "1"}
    assert [each["@iot.id"] for each in sensor["Datastreams"]] == [GREENNESS, ROADS]


@pytest.mark.parametrize(
    ("path", "filter_", "numbers"),
    [
        ("Things", "name eq 'ridge'", [RIDGE]),
        ("Things", "@iot.id gt 5", [ROAD]),
        ("Things", "id ge 5 and id lt 9", [RIDGE]),
        ("Things", "not (name eq 'ridge')", [ROAD]),
        ("Things", "name eq 'ridge' or name eq 'road'", [RIDGE, ROAD]),
        ("Things", "properties/kind eq 'camera' and properties/interval eq 10", [RIDGE, ROAD]),
        ("Things", "properties/nothing eq 1", []),
        ("Things", "Datastreams/ObservedProperty/name eq 'river_level'", [RIDGE]),
        ("Things", "Datastreams/Observations/result gt 2", [RIDGE]),
        ("Datastreams", "Thing/name eq concat(substring(Sensor/name,0,0),'road')", [ROADS]),
        ("Things", "concat(Datastreams/Sensor/name,Locations/name) eq 'greenness/1road'", [ROAD]),
        ("Datastreams", "Thing/name eq 'road'", [ROADS]),
        ("Datastreams", "Thing/@iot.id eq 5", [GREENNESS, LEVEL]),
        ("Datastreams", "unitOfMeasurement/symbol eq 'm'", [LEVEL]),
        ("Datastreams", "phenomenonTime gt 2026-07-01T11:00:00Z", [GREENNESS, LEVEL, ROADS]),
        ("Datastreams", "phenomenonTime lt 2026-07-01T12:05:00Z", [LEVEL, ROADS]),
        ("Things", "substringof('idg',name)", [RIDGE]),
        ("Things", "startswith(name,'ro')", [ROAD]),
        ("Things", "endswith(name,'ge')", [RIDGE]),
        ("Things", "endswith(name,'a long bridge')", []),
        ("Things", "length(name) eq 4", [ROAD]),
        ("Things", "indexof(name,'d') eq 2", [RIDGE]),
        ("Things", "substring(name,2) eq 'dge'", [RIDGE]),
        ("Things", "substring(name,1,2) eq 'oa'", [ROAD]),
        ("Things", "toupper(name) eq 'ROAD' and tolower('ROAD') eq name", [ROAD]),
        ("Things", "trim(concat(concat(' ',name),' ')) eq 'road'", [ROAD]),
        (
            "Locations",
            "st_within(location, geography'POLYGON((103 30,103.3 30,103.3 31,103 31,103 30))')",
            [RIDGE],
        ),
        ("Locations", "geo.distance(location, geography'POINT(103.5 30.75)') lt 0.1", [ROAD]),
        ("Locations", "not geo.intersects(location, geography'POINT(103.5 30.75)')", [RIDGE]),
        ("Things", "st_equals(Locations/location, geography'POINT(103.25 30.5)')", [RIDGE]),
        ("Things", "st_disjoint(Locations/location, geography'POINT(103.25 30.5)')", [ROAD]),
    ],
)
def test_filters(service: Service, path: str, filter_: str, numbers: list[int]) -> None:
    assert service.numbers(path, filter=filter_) == numbers


@pytest.mark.parametrize(
    ("filter_", "results"),
    [
        ("result gt 0.65", [0.7, 0.8, 0.9]),
        ("result lt 0.15", [0.0, 0.1]),
        ("result add 1 gt 1.85", [0.9]),
        ("result sub 1 ge -0.1", [0.9]),
        ("result mul 10 eq 3", [0.3]),
        ("result div 0 eq 1", []),
        ("result div 2 eq 0.25", [0.5]),
        ("result mul 10 mod 5 eq 0", [0.0, 0.5]),
        ("round(result) eq 1 and result lt 0.7", [0.5, 0.6]),
        ("ceiling(result) eq 0", [0.0]),
        ("floor(result sub 0.5) eq -1 and result gt 0.3", [0.4]),
        ("phenomenonTime ge 2026-07-01T12:08:00Z", [0.8, 0.9]),
        ("phenomenonTime lt 2026-07-01T12:02:00Z", [0.0, 0.1]),
        ("phenomenonTime add duration'PT1H' gt 2026-07-01T13:08:30Z", [0.9]),
        ("minute(phenomenonTime) eq 3", [0.3]),
        ("hour(phenomenonTime) eq 12 and day(phenomenonTime) eq 1 and month(phenomenonTime) eq 7", None),
        ("year(phenomenonTime) eq 2026 and second(phenomenonTime) eq 0", None),
        ("date(phenomenonTime) eq 2026-07-01 and time(phenomenonTime) ge 12:08:00", [0.8, 0.9]),
        ("fractionalseconds(phenomenonTime) eq 0 and totaloffsetminutes(phenomenonTime) eq 0", None),
        ("phenomenonTime lt now() and phenomenonTime gt mindatetime()", None),
        ("now() sub phenomenonTime lt duration'PT51M30S'", [0.9]),
        ("resultQuality/uncertainty lt 0.02", None),
        ("result ne null", None),
        ("result eq null", []),
        ("result eq 'a text'", []),
        ("FeatureOfInterest/name eq 'ridge'", None),
        ("Datastream/Thing/Locations/name eq 'ridge'", None),
    ],
)
def test_filters_of_observations(service: Service, filter_: str, results: list[float] | None) -> None:
    found = service.told(f"Datastreams({GREENNESS})/Observations", filter=filter_)["value"]
    expected = [step / 10 for step in range(10)] if results is None else results
    assert [each["result"] for each in found] == expected


def test_order_by_several_properties_and_by_related_ones(service: Service) -> None:
    assert service.numbers("Datastreams", orderby="Thing/name desc,name asc") == [ROADS, GREENNESS, LEVEL]
    assert service.numbers("Things", orderby="length(name),name desc") == [ROAD, RIDGE]


def test_pages_go_on_where_the_last_ended(service: Service) -> None:
    for order in ("result desc", "phenomenonTime", "result", "phenomenonTime desc", "result div 2 desc", ""):
        options = {"top": "4", **({"orderby": order} if order else {})}
        page = service.told("Observations", **options)
        numbers = [each["@iot.id"] for each in page["value"]]
        while "@iot.nextLink" in page:
            page = service.told(page["@iot.nextLink"])
            numbers += [each["@iot.id"] for each in page["value"]]
        assert len(numbers) == len(set(numbers)) == 13, order
        assert numbers == service.numbers("Observations", **{**options, "top": "100"})


def test_count_skip_and_top(service: Service) -> None:
    page = service.told(f"Datastreams({GREENNESS})/Observations", count="true", skip="8", top="5")
    assert page["@iot.count"] == 10
    assert [each["result"] for each in page["value"]] == [0.8, 0.9]
    assert "@iot.count" not in service.told("Things", count="false")


def test_expanded_lists_have_options_of_their_own_and_links_to_more(service: Service) -> None:
    inner = "Datastreams($select=name;$expand=Observations($top=2;$orderby=result desc;$count=true))"
    stream = service.told(f"Things({RIDGE})", expand=inner)["Datastreams"][0]
    assert stream["name"] == "greenness at ridge"
    assert stream["Observations@iot.count"] == 10
    assert [each["result"] for each in stream["Observations"]] == [0.9, 0.8]
    more = service.told(stream["Observations@iot.nextLink"])
    assert [each["result"] for each in more["value"]] == [0.7, 0.6]


def test_paths_in_expand_are_nested(service: Service) -> None:
    seen = service.told(f"Datastreams({LEVEL})/Observations", expand="Datastream/Thing,Datastream/Sensor")
    assert seen["value"][0]["Datastream"]["Thing"]["name"] == "ridge"
    assert seen["value"][0]["Datastream"]["Sensor"]["name"] == "river_level/1"


def test_select_leaves_out_the_others(service: Service) -> None:
    assert service.told("Things", select="name", top="1")["value"] == [{"name": "ridge"}]
    assert service.told(f"Things({RIDGE})", select="@iot.id,Datastreams") == {
        "@iot.id": RIDGE,
        "Datastreams@iot.navigationLink": f"http://landwatch.test/v1.1/Things({RIDGE})/Datastreams",
    }


def test_a_data_array_has_the_same_values(service: Service) -> None:
    told = service.told(
        f"Datastreams({LEVEL})/Observations", resultFormat="dataArray", select="phenomenonTime,result"
    )
    assert told["value"] == [
        {
            "Datastream@iot.navigationLink": f"http://landwatch.test/v1.1/Datastreams({LEVEL})",
            "components": ["phenomenonTime", "result"],
            "dataArray@iot.count": 2,
            "dataArray": [["2026-07-01T12:00:00.000Z", 2.5], ["2026-07-01T12:01:00.000Z", None]],
        }
    ]


@pytest.mark.parametrize(
    ("path", "options", "named"),
    [
        ("Things", {"filter": "nam eq 1"}, "no property 'nam' of Thing; there are: @iot.id, Datastreams"),
        ("Things", {"filter": "name eq"}, "found 'the end' where a property"),
        ("Things", {"filter": "name gt 5"}, "name is text, 5 is number"),
        ("Things", {"filter": "nothing(name)"}, "no function called 'nothing'; there are: substringof"),
        ("Things", {"filter": "length(name,name) eq 1"}, "length takes 1 arguments, not 2"),
        ("Things", {"filter": "name"}, "neither true nor false"),
        ("Things", {"filter": "(" * 30 + "true" + ")" * 30}, "more than 20 parts within one another"),
        ("Things", {"filter": "name eq 'open"}, "texts stand in"),
        ("Things", {"filter": "Datastreams eq 1"}, "Datastreams is an entity"),
        ("Things", {"orderby": "nam"}, "no property 'nam'"),
        ("Things", {"top": "-1"}, "$top is a whole number from 0"),
        ("Things", {"count": "yes"}, "$count is true or false, not 'yes'"),
        ("Things", {"expand": "Observations"}, "there are: Locations, HistoricalLocations, Datastreams"),
        ("Things", {"select": "nam"}, "no property 'nam'"),
        ("Things", {"resultFormat": "dataArray"}, "for lists of Observations"),
        ("Things", {"search": "x"}, "no option called '$search'"),
        ("Things", {"skiptoken": "AAAA"}, "take it from @iot.nextLink"),
        ("Locations", {"filter": "st_within(location, geography'POLYGON(')"}, "no well-known text"),
        ("Locations", {"filter": "st_within(name, geography'POINT(1 1)')"}, "one property that is a place"),
        ("Observations", {"filter": "phenomenonTime gt 2026-13-01T00:00:00Z"}, "month must be in 1..12"),
    ],
)
def test_a_wrong_question_is_told_what_is_allowed(
    service: Service, path: str, options: dict[str, str], named: str
) -> None:
    answer = service.get(path, params={f"${name}": value for name, value in options.items()})
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert named in answer.json()["detail"]


def test_an_answer_is_bounded(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("landwatch.web.sta.pages.MOST_ENTITIES", 10)
    answer = service.get("Things", params={"$expand": "Datastreams/Observations"})
    assert answer.status_code == 400
    assert "ask for a smaller $top" in answer.json()["detail"]


def test_a_question_that_takes_too_long_is_stopped(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("landwatch.web.sta.pages.LONGEST_S", 0.001)
    monkeypatch.setattr("landwatch.web.sta.pages.STEPS", 1)
    deep = " or ".join(
        f"Datastream/Thing/Datastreams/Observations/result gt {step}.5" for step in range(3, 8)
    )
    answer = service.get("Observations", params={"$filter": deep, "$count": "true"})
    assert answer.status_code == 400
    assert "ask for less" in answer.json()["detail"]
