"""A simulated valley: pictures of land, weather and faults whose truth is known, and their cameras.

    valley = Valley(seed=1, size=(360, 640), view="river")
    rising = Episode(kind="river", start=noon, end=evening, strength=2.0, ramp=timedelta(hours=1))
    schedule = Schedule(episodes=(rising,))
    pixels = valley.render(moment, schedule)
    level = valley.truth(moment, schedule).river_level

`ValleyServer` serves `SimulatedCamera`s over RTSP, MJPEG and HTTP on the loopback.
"""

from landwatch.valley.cameras import Protocol, SimulatedCamera, Trouble, TroubleKind
from landwatch.valley.demo import demo_cameras
from landwatch.valley.scene import Truth, Valley
from landwatch.valley.schedule import FAULTS, KINDS, Episode, Kind, Schedule
from landwatch.valley.serve import ValleyServer
from landwatch.valley.views import VIEWS

__all__ = [
    "FAULTS",
    "KINDS",
    "VIEWS",
    "Episode",
    "Kind",
    "Protocol",
    "Schedule",
    "SimulatedCamera",
    "Trouble",
    "TroubleKind",
    "Truth",
    "Valley",
    "ValleyServer",
    "demo_cameras",
]
