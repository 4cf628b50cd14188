"""The simplest motion of a view that explains where its patches were found, with its covariance.

Which patches agree is settled by trying the similarity through every pair of them, so the answer does not
hang on chance. A richer model is chosen only where it lowers the Bayesian information criterion clearly [1].

References:
    [1] G. Schwarz, "Estimating the dimension of a model", Annals of Statistics 6, 461-464, 1978,
        10.1214/aos/1176344136.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from landwatch.types import Absence, Alignment

__all__ = ["LEAST", "fitted", "refusal"]

Array = NDArray[np.float64]

LEAST = 8
"""Patches that must agree at least: by chance eight of twenty do once in millions of pictures. [1]"""

SHARE = 0.4
"""Share of the patches found that must agree. [1]"""

NEAR = 1.5
"""Residual at which a patch still agrees in the search. [px]"""

OUTLYING = 4.0
"""Residual, in its standard uncertainty, from which a patch is left out of the fit. [1]"""

ROUGH = 0.03
"""Part of each patch's uncertainty that its phases cannot tell: shadows wander, leaves move. [px]"""

SHARED = 0.01
"""Standard uncertainty that all patches share: noise of the reference, and the lens in heat. [px]"""

TURN = 0.35
"""Largest turn (20 deg, as its sine) and stretch that a pair may propose. [1]"""

CLEARLY = 10.0
"""By so much a richer model must lower the criterion: very strong evidence. [1]"""

Model = Literal["translation", "similarity", "homography"]
RICHER: tuple[Model, ...] = ("similarity", "homography")

GAUGES: dict[Model, Array] = {
    "translation": np.eye(8)[[2, 5]].T,
    "similarity": np.stack(
        [np.eye(8)[2], np.eye(8)[5], np.eye(8)[0] + np.eye(8)[4], np.eye(8)[3] - np.eye(8)[1]], axis=1
    ),
    "homography": np.eye(8),
}
"""(8, m): the directions in which each model may change the matrix' elements."""


def refusal(reason: Absence, detail: str) -> Alignment:
    """Return the alignment of a picture that could not be laid on the reference."""
    return Alignment(
        model="none",
        matrix=np.eye(3),
        covariance=np.zeros((8, 8)),
        rms=0.0,
        patches=0,
        refused=reason,
        detail=detail,
    )


def fitted(
    places: Array, seen: Array, sigmas: Array, found: NDArray[np.bool_], shape: tuple[int, int]
) -> tuple[Alignment, NDArray[np.bool_]] | None:
    """Return the motion that most patches agree on, and which do; None where too few agree.

    Args:
        places: (n, 2), of the patches in the reference. [px]
        seen: (n, 2), where each was found in the picture. [px]
        sigmas: (n,), standard uncertainty of `seen`. [px]
        found: (n,), whether it was found at all.
        shape: height and width of the picture. [px]
    """
    agrees = _consensus(places, seen, found)
    if agrees.sum() < max(LEAST, SHARE * found.sum()):
        return None
    # Around the middle and in half widths, so that the equations are well conditioned.
    middle, unit = np.array([shape[1] / 2, shape[0] / 2]), shape[1] / 2
    norm = np.array([[1 / unit, 0, -middle[0] / unit], [0, 1 / unit, -middle[1] / unit], [0, 0, 1]])
    one, two = (places - middle) / unit, (seen - middle) / unit
    spread = np.hypot(sigmas, ROUGH) / unit
    model: Model = "translation"
    theta, covariance, left = _solved(one, two, spread, agrees, GAUGES[model])
    for richer in RICHER:
        if 2 * (left[agrees] ** 2).sum() < 2 * agrees.sum() + CLEARLY or agrees.sum() < LEAST:
            break  # nothing is left to explain, or too little to explain it with
        tried = _solved(one, two, spread, agrees, GAUGES[richer])
        floor = max(1.0, float(np.median(tried[2][agrees])))
        gain = _cost(left[agrees], floor, GAUGES[model]) - _cost(tried[2][agrees], floor, GAUGES[richer])
        if gain > CLEARLY:
            model, (theta, covariance, left) = richer, tried
    inside = agrees & (left < OUTLYING * max(1.0, float(np.median(left[agrees]))))
    if LEAST <= inside.sum() < agrees.sum():
        theta, covariance, left = _solved(one, two, spread, inside, GAUGES[model])
        agrees = inside
    matrix, covariance = _in_px(theta, covariance, norm)
    covariance[[2, 5], [2, 5]] += SHARED**2
    lifted = places @ matrix[:, :2].T + matrix[:, 2]
    rest = (seen - lifted[:, :2] / lifted[:, 2:])[agrees]
    rms = float(np.sqrt((rest**2).mean()))
    if rms > NEAR:
        return None  # they agreed on a motion that no model which they can carry explains
    made = Alignment(
        model=model,
        matrix=matrix,
        covariance=covariance,
        rms=rms,
        patches=int(agrees.sum()),
    )
    return made, agrees


def _consensus(places: Array, seen: Array, found: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which patches agree with the similarity that most agree with."""
    index = np.flatnonzero(found)
    if len(index) < LEAST:
        return np.zeros(len(places), np.bool_)
    before = places[index] @ np.array([1, 1j])
    after = seen[index] @ np.array([1, 1j])
    first, second = np.triu_indices(len(index), 1)
    span = before[second] - before[first]
    far = np.abs(span) > 0.2 * np.abs(before[:, None] - before).max()
    first, second, span = first[far], second[far], span[far]
    factor = (after[second] - after[first]) / span
    likely = np.abs(factor - 1) < TURN
    first, factor = first[likely], factor[likely]
    if not len(first):
        return np.zeros(len(places), np.bool_)
    left = np.abs(after - after[first, None] - factor[:, None] * (before - before[first, None]))
    near = left < NEAR
    # Of equals, the one with the least residual.
    score = near.sum(axis=1) - np.where(near, left, 0.0).sum(axis=1) / (NEAR * len(index) + 1)
    agrees = np.zeros(len(places), np.bool_)
    agrees[index[near[int(score.argmax())]]] = True
    return agrees


def _solved(
    one: Array, two: Array, spread: Array, used: NDArray[np.bool_], gauge: Array
) -> tuple[Array, Array, Array]:
    """Return the eight elements, their covariance, and each patch's residual in its standard uncertainty."""
    theta = np.eye(3).ravel()[:8].copy()
    weight = used / spread**2
    robust = np.ones(len(one))
    normal, left = np.eye(gauge.shape[1]), np.zeros(len(one))
    for _ in range(4):
        residual, slopes = _residual(theta, one, two)
        slopes = slopes @ gauge
        left = np.hypot(*residual.T) / spread / np.sqrt(2)
        robust = 1.0 / np.maximum(1.0, left / max(1.345, 1.345 * float(np.median(left[used]))))
        full = weight * robust
        normal = np.einsum("nik,n,nil->kl", slopes, full, slopes)
        step = np.linalg.solve(
            normal + 1e-12 * np.eye(len(normal)), np.einsum("nik,n,ni->k", slopes, full, residual)
        )
        theta = theta + gauge @ step
    residual, _ = _residual(theta, one, two)
    left = np.hypot(*residual.T) / spread / np.sqrt(2)
    freedom = max(1, 2 * int(used.sum()) - gauge.shape[1])
    chi = float((2 * weight * robust * (left * spread) ** 2).sum()) / freedom
    covariance = gauge @ np.linalg.inv(normal) @ gauge.T * max(1.0, chi)
    return theta, covariance, left


def _residual(theta: Array, one: Array, two: Array) -> tuple[Array, Array]:
    """Return (n, 2) what is left of `two`, and (n, 2, 8) the slopes of the mapped places."""
    x, y = one.T
    depth = theta[6] * x + theta[7] * y + 1.0
    right = (theta[0] * x + theta[1] * y + theta[2]) / depth
    down = (theta[3] * x + theta[4] * y + theta[5]) / depth
    rows = np.zeros((len(one), 2, 8))
    rows[:, 0, 0] = rows[:, 1, 3] = x
    rows[:, 0, 1] = rows[:, 1, 4] = y
    rows[:, 0, 2] = rows[:, 1, 5] = 1.0
    put = np.stack([right, down], axis=1)
    rows[:, :, 6:] = -put[:, :, None] * one[:, None, :]
    return two - put, rows / depth[:, None, None]


def _cost(left: Array, floor: float, gauge: Array) -> float:
    """Return the information criterion, with uncertainties `floor` times those that were stated."""
    return float(2 * (left**2).sum() / floor**2 + gauge.shape[1] * np.log(2 * len(left)))


def _in_px(theta: Array, covariance: Array, norm: Array) -> tuple[Array, Array]:
    """Return the matrix (3, 3) and the covariance of its elements for places in px."""
    # Row by row, the elements of A X B are kron(A, B') times those of X.
    linear = np.kron(np.linalg.inv(norm), norm.T)
    whole = linear @ np.append(theta, 1.0)
    elements = whole / whole[8]
    slopes = (linear[:8, :8] - np.outer(elements[:8], linear[8, :8])) / whole[8]
    return elements.reshape(3, 3), slopes @ covariance @ slopes.T
