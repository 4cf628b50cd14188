"""Who mends a camera, and by when: registers, states of cameras, work orders.

Beside the way of a picture. `Watch` hears what is kept of cameras and turns faults that last into work
orders; `Desk` writes, `Book` finds. `level` counts hours of service, `acts` says what may be done when.
"""

from landwatch.upkeep.acts import allowed
from landwatch.upkeep.book import Book
from landwatch.upkeep.desk import Desk, Outdated
from landwatch.upkeep.gaps import Gap, gaps
from landwatch.upkeep.level import Level, due, served
from landwatch.upkeep.rates import Survey, survey
from landwatch.upkeep.records import (
    Act,
    Asset,
    Condition,
    Lifecycle,
    Opening,
    Order,
    Organisation,
    Role,
    Site,
    Step,
)
from landwatch.upkeep.watch import Watch

__all__ = [
    "Act",
    "Asset",
    "Book",
    "Condition",
    "Desk",
    "Gap",
    "Level",
    "Lifecycle",
    "Opening",
    "Order",
    "Organisation",
    "Outdated",
    "Role",
    "Site",
    "Step",
    "Survey",
    "Watch",
    "allowed",
    "due",
    "gaps",
    "served",
    "survey",
]
