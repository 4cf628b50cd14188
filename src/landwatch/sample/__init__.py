"""From bytes to pixels: decodes a frame, after its size was checked, and settles its capture time."""

from __future__ import annotations

import numpy as np

from landwatch.config import Limits
from landwatch.errors import BadFrame
from landwatch.sample._still import check_size, jpeg, still
from landwatch.sample._video import key_frame
from landwatch.types import Frame, Pixels, Sample

__all__ = ["choose", "measured"]


def choose(frame: Frame, limits: Limits, *, least_width: int = 0) -> Sample:
    """Return the pixels of a frame, upright, with the frame's capture time.

    Args:
        least_width: where only the camera's health is due, a JPEG may be decoded at some eighths of its size
            as long as it stays so wide [px]; 0 for full size. 1/2, 1/4 and 1/8 are the cheap ones.

    Raises:
        BadFrame: naming the file, what is wrong with it, and the limit's key where it breaks one.
    """
    if frame.fault:
        raise BadFrame(frame.fault)
    try:
        pixels = _decoded(frame, limits, least_width)
    except BadFrame as error:
        raise BadFrame(f"{frame.name}: {error}") from None
    return Sample(
        camera=frame.camera,
        name=frame.name,
        taken=frame.taken,
        time_from=frame.time_from,
        received=frame.received,
        uncleared=pixels,
        path=frame.path,
        drift=frame.drift,
    )


def _decoded(frame: Frame, limits: Limits, least_width: int) -> Pixels:
    content = frame.uncleared
    if isinstance(content, np.ndarray):
        if content.ndim != 3 or content.shape[2] != 3 or content.dtype != np.uint8:
            raise BadFrame(
                f"an array of shape {content.shape} and type {content.dtype}, not (height, width, 3)"
            )
        check_size(content.shape[1], content.shape[0], limits)
        return content if content.flags.writeable and content.flags.c_contiguous else np.array(content)
    if len(content) > limits.megabytes * 1e6:
        raise BadFrame(f"{len(content) / 1e6:.1f} MB; the limit is {limits.megabytes:g} (limits.megabytes)")
    match frame.encoding:
        case "jpeg":
            return jpeg(content, limits, least_width)
        case "png":
            return still(content, "PNG", limits)
        case "tiff":
            return still(content, "TIFF", limits)
        case "h264" | "hevc":
            return key_frame(content, frame.encoding, limits)
        case "rgb":
            raise BadFrame("decoded pixels were announced, bytes came")


def measured(frame: Frame, limits: Limits) -> tuple[int, int, int]:
    """Return width and height of a frame [px] and its length as it came [byte], and forget it.

    Raises:
        BadFrame: as `choose` does.
    """
    sample = choose(frame, limits)
    height, width = sample.uncleared.shape[:2]
    sample.forget()
    content = frame.uncleared
    length = content.nbytes if isinstance(content, np.ndarray) else len(content)
    return int(width), int(height), length
