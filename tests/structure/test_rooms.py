"""Who may import whom."""

from __future__ import annotations

import pytest

from .trees import imported_rooms, room_of, trees

SHARED = {
    "apart",
    "types",
    "errors",
    "config",
    "clock",
    "lesson",
    "lines",
    "past",
    "patches",
    "rooms",
    "runtime",
    "sun",
    "trend",
    "view",
    "where",
    "i18n",
    "log",
}
"""What every room may use."""

ON_THE_WAY = {"source", "sample", "redact", "diagnose", "measure", "decide", "publish"}
"""The rooms of the way; only `way` and what drives it may know several of them."""

ALSO = {
    "source": {"valley"},
    "web": {"store", "upkeep", "alert", "views", "setup"},
    "views": {"store", "way", "measure", "redact"},
    "upkeep": {"store"},
    "alert": {"store", "upkeep"},
    "fleet": {"way", "source", "store", "publish", "web", "redact", "upkeep", "alert", "views", "setup"},
    "setup": {"source", "sample", "redact", "way", "store"},
    "way": ON_THE_WAY - {"source"},
    "cli": ON_THE_WAY
    | {"way", "store", "web", "fleet", "valley", "score", "upkeep", "alert", "views", "setup"},
    "testing": {"valley"},
}


@pytest.mark.parametrize("path", trees(), ids=str)
def test_each_file_imports_only_what_its_room_may(path):
    room = room_of(path)
    allowed = SHARED | {room} | ALSO.get(room, set())
    assert imported_rooms(path, trees()[path]) <= allowed


def test_rooms_of_the_way_do_not_import_one_another():
    crossings = {
        (room_of(path), other)
        for path, tree in trees().items()
        if room_of(path) in ON_THE_WAY
        for other in imported_rooms(path, tree) & (ON_THE_WAY - {room_of(path)})
    }
    assert crossings == set()


def test_no_file_is_longer_than_600_lines():
    from .trees import SOURCE

    long = {str(path): n for path in trees() if (n := len((SOURCE / path).read_text().splitlines())) > 600}
    assert long == {}
