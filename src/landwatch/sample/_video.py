"""Decodes one H.264 or H.265 key frame: an access unit that brings its own parameter sets.

One decoder a codec serves all cameras of a process. It keeps nothing from one picture to the next, so no
camera's damage reaches another's picture. That the unit is whole is the source's duty: of a cut H.265 slice
libavcodec makes a picture without a word.
"""

from __future__ import annotations

import threading
from typing import Literal

import av
import cv2
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import Interpolation

from landwatch.config import Limits
from landwatch.errors import BadFrame
from landwatch.sample._still import check_size
from landwatch.types import Pixels

__all__ = ["key_frame"]

Codec = Literal["h264", "hevc"]

PARAMETERS: dict[Codec, frozenset[int]] = {"h264": frozenset({7, 8}), "hevc": frozenset({32, 33, 34})}
"""Types of the units that tell how to decode: H.264 table 7-1, H.265 table 7-1."""

BT601 = frozenset({2, 5, 6})
"""Colour matrices that are ITU-R BT.601, or not told, in which case libswscale takes BT.601, too [H.273]."""

FULL_RANGE = 2
"""libav's number for levels that go from 0 to 255."""

EXACT = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
"""How libswscale comes within half a level of H.273's sums, by the stream's own matrix and range. Its
fast path is 0.5 to 1.5 levels too low, most of all in green, which greenness would show."""

HEAD = 1 << 16
"""Parameter sets stand before the picture, within so many bytes."""

_lock = threading.Lock()
_decoders: dict[tuple[Codec, float], VideoCodecContext] = {}


def key_frame(content: bytes | bytearray, codec: Codec, limits: Limits) -> Pixels:
    """Return the pixels of one key frame in byte-stream form.

    Raises:
        BadFrame: if it does not decode without error, or breaks a limit.
    """
    if not PARAMETERS[codec] <= _types(content, codec):
        # The decoder remembers those of the camera before, and would use them.
        raise BadFrame(f"{len(content)} bytes of {codec} without their parameter sets")
    with _lock:
        decoder = _decoders.get((codec, limits.megapixels))
        if decoder is None:
            decoder = _decoders[codec, limits.megapixels] = _made(codec, limits)
        try:
            decoded = decoder.decode(av.Packet(bytes(content)))
            decoded = decoded or decoder.decode(None)
        except av.FFmpegError as error:
            raise BadFrame(f"{len(content)} bytes of {codec} that do not decode: {error.strerror}") from None
        finally:
            decoder.flush_buffers()
    if not decoded:
        raise BadFrame(f"{len(content)} bytes of {codec} that hold no whole key frame")
    frame = decoded[0]
    if frame.is_corrupt:
        raise BadFrame(f"{len(content)} bytes of {codec} whose key frame is damaged")
    check_size(frame.width, frame.height, limits)
    return _rgb(frame)


def _rgb(frame: av.VideoFrame) -> Pixels:
    """Return the pixels of a frame; by a way four times shorter where OpenCV knows how it is stored."""
    height, width = frame.height, frame.width
    is_common = frame.format.name == "yuv420p" and height % 2 == 0 and width % 4 == 0
    if not is_common or frame.colorspace not in BT601 or frame.color_range == FULL_RANGE:
        return np.ascontiguousarray(frame.to_ndarray(format="rgb24", interpolation=EXACT))
    planes = np.empty((height * 3 // 2, width), np.uint8)
    parts = (planes[:height], planes[height : height * 5 // 4], planes[height * 5 // 4 :])
    for part, plane in zip(parts, frame.planes, strict=True):
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)[
            :, : plane.width
        ]
        part.reshape(plane.height, plane.width)[...] = rows
    made = np.asarray(cv2.cvtColor(planes, cv2.COLOR_YUV2RGB_I420), np.uint8)
    planes.fill(0)
    return made


def _types(content: bytes | bytearray, codec: Codec) -> set[int]:
    """Return the types of the units that begin within the head of an access unit."""
    found: set[int] = set()
    at = content.find(b"\0\0\1", 0, HEAD)
    while 0 <= at < len(content) - 3:
        header = content[at + 3]
        found.add(header & 0x1F if codec == "h264" else header >> 1 & 0x3F)
        at = content.find(b"\0\0\1", at + 3, HEAD)
    return found


def _made(codec: Codec, limits: Limits) -> VideoCodecContext:
    decoder = VideoCodecContext.create(codec, "r")
    decoder.thread_count = 1
    # Damage must be an error: a picture with gray or smeared parts is worse than none. The size is refused
    # before its memory is taken.
    decoder.options = {"err_detect": "explode", "max_pixels": str(int(limits.megapixels * 1e6))}
    return decoder
