"""The 22 tests of sensing 1.0 (core, create-update-delete, filter), written anew from the standard.

OGC's own suite (ets-sta10) is a Java program that this project's machines cannot get. Each test here has the
subject of one of its tests, and asks over a service that holds what clients made beside what Landwatch
measures.

References:
    [1] OGC 15-078r6, "OGC SensorThings API Part 1: Sensing", A.1 to A.3.
"""

from __future__ import annotations

import operator
from typing import Any

import pytest
from pydantic import SecretStr

from landwatch.web.sta.model import ENTITIES, RELATIONS
from tests.web.sta.conftest import RIDGE, Service
from tests.web.sta.test_write import GAUGE, UNIT

MANDATORY = {
    "Things": "name description",
    "Locations": "name description encodingType location",
    "HistoricalLocations": "time",
    "Datastreams": "name description observationType unitOfMeasurement",
    "Sensors": "name description encodingType metadata",
    "ObservedProperties": "name definition description",
    "Observations": "phenomenonTime result resultTime",
    "FeaturesOfInterest": "name description encodingType feature",
}

POINT = {"type": "Point", "coordinates": [103.5, 30.5]}
PLACE = {"name": "bank", "description": "left", "encodingType": "application/geo+json", "location": POINT}
LAND = {"name": "land", "description": "wet", "encodingType": "application/geo+json", "feature": POINT}
SEEN = {"phenomenonTime": "2026-07-01T11:00:00Z", "resultTime": "2026-07-01T11:00:00Z", "result": 3.5}
DEEP = {
    "name": "logger",
    "description": "beside the river",
    "Locations": [PLACE],
    "Datastreams": [{**GAUGE, "Observations": [{**SEEN, "FeatureOfInterest": LAND}]}],
}


@pytest.fixture
def url() -> SecretStr | None:
    """SQLite alone: what differs in PostgreSQL is tested elsewhere."""
    return None


@pytest.fixture
def thing(service: Service) -> int:
    """A thing with a place, a stream, an observation, and what they need."""
    return service.made("Things", DEEP)


@pytest.fixture(params=ENTITIES)
def entity(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def a(service: Service, entity: str) -> int:
    """Return the number of an entity that clients own."""
    return next(number for number in service.numbers(entity, top="1000") if number % 4 == 0)


class TestSensingCore:
    def test_1_entities(self, service: Service, thing: int) -> None:
        for entity, names in MANDATORY.items():
            for told in service.told(entity)["value"]:
                assert told["@iot.selfLink"].endswith(f"/v1.1/{entity}({told['@iot.id']})")
                assert set(names.split()) <= set(told)
                assert {f"{nav}@iot.navigationLink" for nav in RELATIONS[entity]} <= set(told)

    def test_2_a_nonexistent_entity_is_404(self, service: Service) -> None:
        for entity in ENTITIES:
            assert service.get(f"{entity}(9007199254740991)").status_code == 404

    def test_3_one_entity(self, service: Service, thing: int) -> None:
        for entity in ENTITIES:
            for told in service.told(entity)["value"]:
                assert service.told(f"{entity}({told['@iot.id']})") == told

    def test_4_a_property_and_its_value(self, service: Service, thing: int) -> None:
        for entity, names in MANDATORY.items():
            number = a(service, entity)
            told = service.told(f"{entity}({number})")
            for name in names.split():
                assert service.told(f"{entity}({number})/{name}") == {name: told[name]}
                value = service.get(f"{entity}({number})/{name}/$value")
                assert value.status_code == 200
                assert value.text == told[name] if isinstance(told[name], str) else value.json() == told[name]

    def test_5_resource_paths_to_four_levels_and_their_refs(self, service: Service, thing: int) -> None:
        def follow(entity: str, path: str, depth: int) -> None:
            told = service.told(path)
            if "value" in told:
                assert told["value"], path
                assert all(set(each) == {"@iot.selfLink"} for each in service.told(f"{path}/$ref")["value"])
                number = told["value"][0]["@iot.id"]
                path = f"{path}({number})"
            if depth < 3:
                for nav, relation in RELATIONS[entity].items():
                    follow(relation.entity, f"{path}/{nav}", depth + 1)

        for entity in ENTITIES:
            follow(entity, entity, 1)

    def test_6_the_root_lists_the_sets(self, service: Service) -> None:
        for version in ("v1.0", "v1.1"):
            told = service.told(f"/{version}")["value"]
            assert {each["name"]: each["url"] for each in told} == {
                entity: f"http://landwatch.test/{version}/{entity}" for entity in ENTITIES
            }


class TestCreateUpdateDelete:
    def test_7_create_one_by_one(self, service: Service) -> None:
        thing = service.made("Things", {"name": "a", "description": "b"})
        place = service.made("Locations", PLACE)
        sensor = service.made("Sensors", GAUGE["Sensor"])
        quantity = service.made("ObservedProperties", GAUGE["ObservedProperty"])
        links = {"Thing": thing, "Sensor": sensor, "ObservedProperty": quantity}
        told = {**GAUGE, **{nav: {"@iot.id": number} for nav, number in links.items()}}
        stream = service.made("Datastreams", told)
        assert (
            service.send("PATCH", f"Things({thing})", {"Locations": [{"@iot.id": place}]}).status_code == 200
        )
        seen = service.made("Observations", {**SEEN, "Datastream": {"@iot.id": stream}})
        feature = service.told(f"Observations({seen})/FeatureOfInterest")
        assert feature["feature"] == POINT  # made from the place of the thing
        other = service.made("Observations", {**SEEN, "Datastream": {"@iot.id": stream}})
        assert service.told(f"Observations({other})/FeatureOfInterest")["@iot.id"] == feature["@iot.id"]
        move = {
            "time": SEEN["phenomenonTime"],
            "Thing": {"@iot.id": thing},
            "Locations": [{"@iot.id": place}],
        }
        assert service.made("HistoricalLocations", move) in service.numbers(
            f"Things({thing})/HistoricalLocations"
        )

    def test_8_create_with_what_stands_within(self, service: Service, thing: int) -> None:
        inner = "Locations,HistoricalLocations,Datastreams($expand=Sensor,ObservedProperty,Observations)"
        told = service.told(f"Things({thing})", expand=inner)
        assert told["Locations"][0]["location"] == POINT
        assert len(told["HistoricalLocations"]) == 1
        stream = told["Datastreams"][0]
        assert stream["Sensor"]["name"] == "tipping bucket"
        assert stream["ObservedProperty"]["definition"] == "https://example.org/rain"
        assert stream["Observations"][0]["result"] == 3.5

    @pytest.mark.parametrize("missing", ["name", "unitOfMeasurement", "Sensor", "ObservedProperty", "Thing"])
    def test_9_what_lacks_something_mandatory_is_refused(self, service: Service, missing: str) -> None:
        told = {**GAUGE, "Thing": {"name": "a", "description": "b"}}
        del told[missing]
        assert service.send("POST", "Datastreams", told).status_code == 400
        assert all(each["name"] != "a" for each in service.told("Things")["value"])

    def test_10_patch_changes_what_is_there_alone(self, service: Service, thing: int, entity: str) -> None:
        changes: dict[str, Any] = {
            "HistoricalLocations": {"time": "2026-07-02T00:00:00.000Z"},
            "Observations": {"phenomenonTime": "2026-07-02T00:00:00.000Z"},
            "Datastreams": {"unitOfMeasurement": {**UNIT, "symbol": "cm"}},
        }
        number = a(service, entity)
        before = service.told(f"{entity}({number})")
        change = changes.get(entity, {"description": "changed"})
        after = service.send("PATCH", f"{entity}({number})", change).json()
        assert service.told(f"{entity}({number})") == after
        for name in MANDATORY[entity].split():
            assert after[name] == change.get(name, before[name])

    def test_11_put_replaces_all(self, service: Service) -> None:
        number = service.made("Things", {"name": "a", "description": "b", "properties": {"c": 1}})
        after = service.send("PUT", f"Things({number})", {"name": "d", "description": "e"}).json()
        assert (after["name"], after["description"], "properties" in after) == ("d", "e", False)

    @pytest.mark.parametrize(
        ("entity", "gone"),
        [
            ("Things", "Things HistoricalLocations Datastreams Observations"),
            ("Locations", "Locations HistoricalLocations"),
            ("HistoricalLocations", "HistoricalLocations"),
            ("Datastreams", "Datastreams Observations"),
            ("Sensors", "Sensors Datastreams Observations"),
            ("ObservedProperties", "ObservedProperties Datastreams Observations"),
            ("Observations", "Observations"),
            ("FeaturesOfInterest", "FeaturesOfInterest Observations"),
        ],
    )
    def test_12_delete_takes_what_cannot_be_without(
        self, service: Service, thing: int, entity: str, gone: str
    ) -> None:
        assert service.send("DELETE", f"{entity}({a(service, entity)})").status_code == 200
        left = {each for each in ENTITIES if any(n % 4 == 0 for n in service.numbers(each, top="1000"))}
        assert left == set(ENTITIES) - set(gone.split())

    def test_13_delete_of_what_is_not_there_is_404(self, service: Service) -> None:
        for entity in ENTITIES:
            assert service.send("DELETE", f"{entity}(4000000)").status_code == 404

    def test_14_a_patch_cannot_create_within(self, service: Service, thing: int) -> None:
        answer = service.send("PATCH", f"Things({thing})", {"Locations": [PLACE]})
        assert answer.status_code == 400


class TestFiltering:
    def test_15_select(self, service: Service, thing: int, entity: str) -> None:
        for name in MANDATORY[entity].split():
            assert all(set(each) == {name} for each in service.told(entity, select=name)["value"])

    def test_16_expand(self, service: Service, thing: int, entity: str) -> None:
        number = a(service, entity)
        for nav, relation in RELATIONS[entity].items():
            apart = service.told(f"{entity}({number})/{nav}")
            within = service.told(f"{entity}({number})", expand=nav)[nav]
            assert within == (apart["value"] if relation.is_many else apart)
            for further in RELATIONS[relation.entity]:
                deeper = service.told(f"{entity}({number})", expand=f"{nav}/{further}")[nav]
                assert further in (deeper[0] if relation.is_many else deeper)

    def test_17_top(self, service: Service, thing: int, entity: str) -> None:
        everything = service.numbers(entity)
        for top in range(1, len(everything) + 2):
            page = service.told(entity, top=str(top))
            assert [each["@iot.id"] for each in page["value"]] == everything[:top]
            assert ("@iot.nextLink" in page) == (top < len(everything))

    def test_18_skip(self, service: Service, thing: int, entity: str) -> None:
        everything = service.numbers(entity)
        for skip in range(len(everything) + 1):
            assert service.numbers(entity, skip=str(skip)) == everything[skip:]

    def test_19_orderby(self, service: Service, thing: int, entity: str) -> None:
        for name in MANDATORY[entity].split():
            if name in ("unitOfMeasurement", "location", "feature", "metadata"):
                continue
            up = [each[name] for each in service.told(entity, orderby=f"{name} asc")["value"]]
            down = [each[name] for each in service.told(entity, orderby=f"{name} desc")["value"]]
            ordered = sorted(value for value in up if value is not None)
            assert up == [None] * (len(up) - len(ordered)) + ordered
            assert down == up[::-1]

    def test_20_count(self, service: Service, thing: int, entity: str) -> None:
        told = service.told(entity, count="true", top="1")
        assert told["@iot.count"] == len(service.numbers(entity))

    def test_21_filter(self, service: Service, thing: int, entity: str) -> None:
        everything = service.told(entity)["value"]
        for name in MANDATORY[entity].split():
            values = [each[name] for each in everything]
            if not all(isinstance(value, str) for value in values) or name == "metadata":
                continue
            bound = sorted(values)[len(values) // 2]
            literal = bound if name.lower().endswith("time") else "'" + bound.replace("'", "''") + "'"
            for word in ("lt", "le", "eq", "ge", "gt"):
                holds = getattr(operator, word)
                found = service.told(entity, filter=f"{name} {word} {literal}")["value"]
                assert [each[name] for each in found] == [value for value in values if holds(value, bound)]

    def test_22_filter_by_place(self, service: Service, thing: int) -> None:
        around = "geography'POLYGON((103.4 30.4,103.6 30.4,103.6 30.6,103.4 30.6,103.4 30.4))'"
        assert service.numbers("Locations", filter=f"st_within(location,{around})") == [
            a(service, "Locations")
        ]
        assert service.numbers("Things", filter=f"st_within(Locations/location,{around})") == [thing]
        near = "geo.distance(FeatureOfInterest/feature,geography'POINT(103.25 30.5)') lt 0.01"
        assert len(service.numbers(f"FeaturesOfInterest({RIDGE})/Observations", filter=near)) == 12
