"""Boosted trees that score candidates for smoke, from the table `_trees.npz`.

The table is made by `scripts/smoke_trees.py` from simulated plumes over simulated land; no picture of a real
camera is in it. Trees are grown as in [1]; here they are only read.

References:
    [1] J. H. Friedman, "Greedy function approximation: a gradient boosting machine", Ann. Statist. 29,
        1189-1232, 2001, 10.1214/aos/1013203451.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources

import numpy as np
from numpy.typing import NDArray

__all__ = ["Trees", "trees"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trees:
    """All trees as arrays of (trees, nodes); a leaf leads to itself."""

    feature: NDArray[np.int16]
    """Column that a node asks."""
    threshold: NDArray[np.float32]
    """Up to this the way leads left."""
    left: NDArray[np.int16]
    right: NDArray[np.int16]
    value: NDArray[np.float32]
    """Log-odds that a leaf adds."""
    start: float
    """Log-odds before the first tree."""
    depth: int
    """Most questions on the way to a leaf."""

    def vote(self, features: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return the score [0-1] of each row of features, (candidates, features)."""
        tree = np.arange(len(self.feature))
        at = np.zeros((len(features), len(tree)), np.int16)
        rows = np.arange(len(features))[:, None]
        for _ in range(self.depth):
            goes_left = features[rows, self.feature[tree, at]] <= self.threshold[tree, at]
            at = np.where(goes_left, self.left[tree, at], self.right[tree, at])
        return np.asarray(
            1.0 / (1.0 + np.exp(-(self.start + self.value[tree, at].sum(axis=1, dtype=np.float64))))
        )


@functools.cache
def trees() -> Trees:
    """Return the trees of the package."""
    with (
        resources.files("landwatch.measure").joinpath("_trees.npz").open("rb") as file,
        np.load(file) as table,
    ):
        return Trees(
            feature=table["feature"],
            threshold=table["threshold"],
            left=table["left"],
            right=table["right"],
            value=table["value"],
            start=float(table["start"]),
            depth=int(table["depth"]),
        )
