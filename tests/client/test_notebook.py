"""The example notebook runs against a filled store, as it stands in the documentation."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.web.browsing import served
from tests.web.scenes import Sight, fill, flat, well

NOTEBOOK = Path(__file__).resolve().parents[2] / "docs" / "examples" / "readings.ipynb"

SIGHTS = [
    (Sight(name=name, title=name, states=well(), **about), [flat(80), flat(90)])
    for name, about in {
        "river-gauge": {"quantity": "river_level"},
        "forest-tower": {"quantity": "gcc"},
        "road-pass": {"withheld": True},
        "ridge-north": {"smoke": True, "quantity": "smoke"},
    }.items()
]


def test_the_example_notebook_runs_and_shows_what_it_promises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path / "store", SIGHTS)
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    with served(tmp_path / "store") as site:
        monkeypatch.setenv("LANDWATCH_URL", site.address)
        NotebookClient(notebook, timeout=120).execute()
    shown = {
        kind
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        for kind in output.get("data", {})
    }
    assert {"text/html", "image/png", "image/jpeg"} <= shown
    assert "river-gauge" in str(notebook.cells[1].outputs)
