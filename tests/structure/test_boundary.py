"""The boundary, held by the shape of the code: who may touch what shows people."""

from __future__ import annotations

import ast

import pytest

from landwatch import types

from .trees import calls, room_of, trees

MAKERS = {
    "Frame": {"source"},
    "Sample": {"sample", "testing"},
    "Picture": {"redact", "testing"},
    "Removal": {"redact", "testing"},
}
"""Which rooms may construct each type. `testing` makes values of arrays that show nobody."""

READERS_OF_UNCLEARED = {"sample", "redact", "types"}
READERS_OF_MASK = {"redact", "diagnose", "measure", "past", "types", "cli", "testing"}
"""`cli` writes the mask of files that its user already has, for proof (`landwatch redact --mask-out`)."""


@pytest.mark.parametrize("name", MAKERS)
def test_each_type_is_constructed_by_its_own_room_alone(name):
    elsewhere = [
        f"{path}:{line}"
        for path, tree in trees().items()
        if room_of(path) not in MAKERS[name]
        for line in calls(tree, name)
    ]
    assert elsewhere == []


def test_no_code_replaces_fields_of_pictures():
    for path, tree in trees().items():
        for line in calls(tree, "replace"):
            source = ast.unparse(
                next(n for n in ast.walk(tree) if isinstance(n, ast.Call) and n.lineno == line)
            )
            assert "picture" not in source.lower(), f"{path}:{line}"


def test_only_sample_and_redact_read_what_is_not_cleared():
    elsewhere = [
        f"{path}:{node.lineno}"
        for path, tree in trees().items()
        if room_of(path) not in READERS_OF_UNCLEARED
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "uncleared"
    ]
    assert elsewhere == []


def test_masks_are_read_only_where_they_are_left_out_of_measurements():
    elsewhere = [
        f"{path}:{node.lineno}"
        for path, tree in trees().items()
        if room_of(path) not in READERS_OF_MASK
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"mask", "removal"} and "still" not in str(path)
        if isinstance(node.value, ast.Name)
        and node.value.id in {"picture", "removal"}
        and node.attr == "mask"
    ]
    assert elsewhere == []


def test_testing_is_imported_by_no_room():
    importers = [
        str(path)
        for path, tree in trees().items()
        if room_of(path) != "testing"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("landwatch.testing")
    ]
    assert importers == []


def test_nothing_reaches_around_the_types_by_name():
    """No getattr with "uncleared", no vars() or __dict__ of such a value."""
    found = [
        f"{path}:{node.lineno}"
        for path, tree in trees().items()
        if room_of(path) not in READERS_OF_UNCLEARED | {"source"}
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value == "uncleared"
    ]
    assert found == []


FORBIDDEN = (
    "face_recog",
    "reidentif",
    "re_identif",
    "person_id",
    "people_count",
    "person_count",
    "watchlist",
    "watch_list",
    "plate_text",
    "plate_number",
    "license_plate",
    "track_id",
    "trajectory",
)


def test_no_name_in_the_code_is_about_a_person():
    found = []
    for path, tree in trees().items():
        for node in ast.walk(tree):
            name = getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "name", None)
            if isinstance(name, str) and any(word in name.lower() for word in FORBIDDEN):
                found.append(f"{path}: {name}")
    assert found == []


def test_records_that_are_kept_hold_nothing_about_a_person():
    kept = {
        field
        for kind in (types.Outcome, types.Still, types.Finding, types.Reading, types.Event, types.Outage)
        for field in kind.__dataclass_fields__
    }
    assert not kept & {
        "mask",
        "share",
        "boxes",
        "scores",
        "count",
        "people",
        "persons",
        "vehicles",
        "removal",
    }


BROAD = {"Exception", "BaseException"}
DOORS = {"redact/remover.py", "measure/__init__.py", "diagnose/__init__.py"}
"""Where the agreement itself says that whatever is raised costs one frame or one reading: removal must be
closed in every failure, and instruments and checks may come from other people's packages."""


def test_broad_except_stands_only_at_the_doors_that_promise_it():
    found = []
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.ExceptHandler):
                continue
            if isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None:
                continue  # it cleans up and lets the error go on
            kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            if any(kind is None or (isinstance(kind, ast.Name) and kind.id in BROAD) for kind in kinds):
                found.append(str(path))
    assert sorted(found) == sorted(DOORS)
