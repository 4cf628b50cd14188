"""The life of a hazard event, until the right people know.

Beside the way of a picture. The rules of `decide` open and close events by what pictures say; here people
acknowledge, confirm, dismiss, merge, close and reopen them. `Duty` writes and tells, `Book` finds, `Lookout`
knows which cameras cannot see, `Quiet` what each has learnt from hours in which nothing was. `grade` says how
bad a hazard is, `area` where, `acts` what may be done when.
"""

from landwatch.alert._tell import check_notices
from landwatch.alert.acts import RULES, allowed
from landwatch.alert.book import Book
from landwatch.alert.duty import KEY, LONGEST_NOTE, Duty, Outdated
from landwatch.alert.grade import HAZARDS, SEVERITIES, Severity, stand
from landwatch.alert.lookout import Lookout, Watched
from landwatch.alert.quiet import LEAST_HOURS, Known, Learns, Quiet, WolfPlace
from landwatch.alert.records import (
    CAUSES,
    PEOPLE,
    STANDING,
    STATES,
    Act,
    Alert,
    AlertKind,
    Blind,
    Cause,
    Deed,
    Dismissal,
    Life,
    LifeState,
    Role,
    Strip,
)

__all__ = [
    "CAUSES",
    "HAZARDS",
    "KEY",
    "LEAST_HOURS",
    "LONGEST_NOTE",
    "PEOPLE",
    "RULES",
    "SEVERITIES",
    "STANDING",
    "STATES",
    "Act",
    "Alert",
    "AlertKind",
    "Blind",
    "Book",
    "Cause",
    "Deed",
    "Dismissal",
    "Duty",
    "Known",
    "Learns",
    "Life",
    "LifeState",
    "Lookout",
    "Outdated",
    "Quiet",
    "Role",
    "Severity",
    "Strip",
    "Watched",
    "WolfPlace",
    "allowed",
    "check_notices",
    "stand",
]
