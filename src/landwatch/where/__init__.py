"""Where on the land something is that cameras see: bearings, where they meet, ranges on the terrain."""

from landwatch.where.bearing import Bearing, bearing_of, outlook_of, view_of
from landwatch.where.cross import EARTH, Fix, Reason, Refusal, cross, outline
from landwatch.where.locate import Location, Locator, Sight, geojson
from landwatch.where.skyline import skyline, turn_to_landmarks, turn_to_skyline
from landwatch.where.terrain import Range, Terrain, range_on

__all__ = [
    "EARTH",
    "Bearing",
    "Fix",
    "Location",
    "Locator",
    "Range",
    "Reason",
    "Refusal",
    "Sight",
    "Terrain",
    "bearing_of",
    "cross",
    "geojson",
    "outline",
    "outlook_of",
    "range_on",
    "skyline",
    "turn_to_landmarks",
    "turn_to_skyline",
    "view_of",
]
