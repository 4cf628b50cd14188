"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine takes a second for what takes a millisecond on a quiet one, and that is no failure.
settings.register_profile("landwatch", deadline=None)
settings.load_profile("landwatch")

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of evaluation data beside the checkout; in CI it must be there."""
    if not SHARED.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"CI is set, but there is no evaluation data at {SHARED}")
        pytest.skip("no evaluation data: put the folder `shared` beside the checkout to run this test")
    return SHARED
