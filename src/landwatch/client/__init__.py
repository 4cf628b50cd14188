"""Asks a Landwatch over HTTP: readings to pandas and xarray, events, cleared pictures, news as they come.

    from landwatch.client import Client

    with Client("http://landwatch.example:8000") as valley:
        level = valley.readings("river-gauge", "river_level", since="2026-07-01T00:00:00Z")
        level.pandas()["value"].plot()

Needs `pip install 'landwatch[client]'`. Nothing is written to the server. What it refuses is raised as
`AnswerError` with what it said; where it is overloaded or away it is asked again, as long as `patience` lets.
"""

from landwatch.client._client import Client
from landwatch.client._parts import Camera, News, PictureRecord
from landwatch.client._readings import Readings
from landwatch.errors import AnswerError

__all__ = ["AnswerError", "Camera", "Client", "News", "PictureRecord", "Readings"]
