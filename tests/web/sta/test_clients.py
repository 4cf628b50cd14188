"""Clients that nobody here wrote read and write: frost_sta_client and pygeoapi's SensorThings provider."""

from __future__ import annotations

from datetime import UTC, datetime

import frost_sta_client as fsc
import pytest
from pydantic import SecretStr
from pygeoapi.provider.sensorthings import SensorThingsProvider

from tests.web.sta.conftest import GREENNESS, RIDGE, ROAD, TOKEN


@pytest.fixture
def url() -> SecretStr | None:
    """SQLite alone: what differs in PostgreSQL is tested without clients."""
    return None


def test_frost_client_reads_what_is_there(address: str) -> None:
    frost = fsc.SensorThingsService(address)
    assert [thing.name for thing in frost.things().query().orderby("name", "asc").list().entities] == [
        "ridge",
        "road",
    ]
    stream = frost.datastreams().find(GREENNESS)
    seen = stream.get_observations().query().top(4).orderby("phenomenonTime", "desc").list()
    assert [each.result for each in seen] == [step / 10 for step in range(9, -1, -1)]


def test_frost_client_gets_back_what_it_created(address: str) -> None:
    frost = fsc.SensorThingsService(address, auth_handler=fsc.AuthHandler("anybody", TOKEN))
    place = fsc.Location(
        name="bank", description="left bank", encoding_type="application/geo+json",
        location={"type": "Point", "coordinates": [103.0, 30.0]},
    )  # fmt: skip
    thing = fsc.Thing(name="logger", description="of water levels", properties={"owner": "authority"})
    thing.locations = [place]
    frost.create(thing)
    stream = fsc.Datastream(
        name="level", description="of the river", observation_type="OM_Measurement",
        unit_of_measurement=fsc.UnitOfMeasurement(name="metre", symbol="m", definition="https://ucum.org"),
        thing=thing,
        sensor=fsc.Sensor(
            name="radar", description="a radar", encoding_type="text/plain", metadata="none", properties={}
        ),
        observed_property=fsc.ObservedProperty(
            name="water level", definition="https://example.org/level", description="level", properties={}
        ),
    )  # fmt: skip
    frost.create(stream)
    frost.create(
        fsc.Observation(
            phenomenon_time=datetime(2026, 7, 1, 12, tzinfo=UTC).isoformat(), result=2.25, datastream=stream
        )
    )
    found = frost.things().find(thing.id)
    assert (found.name, found.description, found.properties) == (
        "logger",
        "of water levels",
        {"owner": "authority"},
    )
    assert found.get_locations().query().list().entities[0].location["coordinates"] == [103.0, 30.0]
    assert [
        each.result for each in frost.datastreams().find(stream.id).get_observations().query().list()
    ] == [2.25]
    found = frost.things().find(thing.id)
    found.description = "changed"
    frost.update(found)
    assert frost.things().find(thing.id).description == "changed"
    frost.delete(thing)
    assert [each.name for each in frost.things().query().list()] == ["ridge", "road"]


def test_pygeoapi_shows_cameras_as_features(address: str) -> None:
    provider = SensorThingsProvider(
        {
            "name": "SensorThings",
            "type": "feature",
            "data": address,
            "entity": "Things",
            "id_field": "@iot.id",
        }
    )
    found = provider.query(limit=10)
    assert {each["id"]: each["geometry"]["coordinates"] for each in found["features"]} == {
        str(RIDGE): [103.25, 30.5],
        str(ROAD): [103.5, 30.75],
    }
    (inside,) = provider.query(bbox=[103.4, 30.6, 103.6, 30.9])["features"]
    assert inside["properties"]["name"] == "road"
    assert provider.get(str(RIDGE))["properties"]["name"] == "ridge"


def test_pygeoapi_shows_readings_as_features(address: str) -> None:
    provider = SensorThingsProvider(
        {
            "name": "SensorThings",
            "type": "feature",
            "data": address,
            "entity": "Observations",
            "id_field": "@iot.id",
            "time_field": "phenomenonTime",
        }
    )
    assert provider.query(resulttype="hits")["numberMatched"] == 13
    asked = provider.query(datetime_="2026-07-01T12:08:00Z/..", sortby=[{"property": "result", "order": "+"}])
    assert [each["properties"]["result"] for each in asked["features"]] == [0.8, 0.9]
