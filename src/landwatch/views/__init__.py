"""Versions of a camera's view: what its instruments were told of the picture, since when, and by whom.

A reading's method names the version that made it (`river/1@4`), and a version is never changed: so each
reading can be traced to the regions and points that it was made with. What removal is told of a camera is no
part of a version, so none can weaken it. `book` finds and adds versions, `trial` reads kept pictures again
with settings that are not in force, and `desk` is where drafts are proven, tried and saved.
"""

from landwatch.views.book import LONGEST_NOTE, Book, Outdated, Version, adopt, changes, save, settings_of
from landwatch.views.desk import Desk, Draft, Trial
from landwatch.views.trial import Summary, pictures_of, read_again, recalled, summarise, way_of

__all__ = [
    "LONGEST_NOTE",
    "Book",
    "Desk",
    "Draft",
    "Outdated",
    "Summary",
    "Trial",
    "Version",
    "adopt",
    "changes",
    "pictures_of",
    "read_again",
    "recalled",
    "save",
    "settings_of",
    "summarise",
    "way_of",
]
