"""Key frames of H.264 and H.265: whole ones decode, others are refused, none leaks into the next."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest
from av.video.codeccontext import VideoCodecContext

from landwatch.config import Limits
from landwatch.errors import BadFrame
from landwatch.sample import choose, measured
from landwatch.sample._video import _rgb
from landwatch.testing import NOON
from landwatch.types import Frame
from tests.source.rtsp_peer import Codec, encoded, picture, split

LIMITS = Limits()
CODECS: tuple[Codec, ...] = ("h264", "hevc")


def frame(units: list[bytes], codec: Codec) -> Frame:
    return Frame(
        camera="c",
        name="n",
        taken=NOON,
        time_from="clock",
        received=NOON,
        encoding=codec,
        uncleared=b"".join(b"\0\0\0\1" + unit for unit in units),
    )


@pytest.mark.parametrize("codec", CODECS)
def test_a_key_frame_is_the_picture_that_was_encoded(codec: Codec) -> None:
    pixels = choose(frame(encoded(codec).pictures[10], codec), LIMITS).uncleared
    assert np.abs(pixels.astype(int) - picture(10, (240, 320))).mean() < 6


@pytest.mark.parametrize("codec", CODECS)
def test_sizes_may_change_from_camera_to_camera(codec: Codec) -> None:
    for size in ((240, 320), (64, 96), (240, 320)):
        made = frame(encoded(codec, size, 2).pictures[0], codec)
        assert measured(made, LIMITS) == (size[1], size[0], len(made.uncleared))


@pytest.mark.parametrize("codec", CODECS)
def test_parameter_sets_of_the_camera_before_are_not_used(codec: Codec) -> None:
    whole = encoded(codec).pictures[0]
    choose(frame(whole, codec), LIMITS)
    with pytest.raises(BadFrame, match="without their parameter sets"):
        choose(frame(whole[-1:], codec), LIMITS)


def test_a_cut_key_frame_is_no_picture() -> None:
    *sets, slices = encoded("h264").pictures[0]
    for share in range(1, 20):
        with pytest.raises(BadFrame):
            choose(frame([*sets, slices[: len(slices) * share // 20]], "h264"), LIMITS)
    assert choose(frame([*sets, slices], "h264"), LIMITS).uncleared.shape == (240, 320, 3)


@pytest.mark.parametrize("codec", CODECS)
def test_a_size_beyond_the_limit_is_refused(codec: Codec) -> None:
    with pytest.raises(BadFrame):
        choose(frame(encoded(codec).pictures[0], codec), Limits(megapixels=0.05))


COLOURS = ((128, 128, 128), (60, 140, 70), (200, 90, 40), (90, 120, 210))


def coded(
    colour: tuple[int, int, int], shares: tuple[float, float], is_full: bool
) -> tuple[av.VideoFrame, np.ndarray]:
    """Return a frame of one colour in whole steps of Y, U and V, and the colour of these [H.273, 8.3]."""
    of_red, of_blue = shares
    of_green = 1 - of_red - of_blue
    red, green, blue = colour
    luma = of_red * red + of_green * green + of_blue * blue
    low, high, wide = (0, 255, 255) if is_full else (16, 219, 224)
    y = round(low + luma / 255 * high)
    u = round(128 + (blue - luma) / (2 * (1 - of_blue)) / 255 * wide)
    v = round(128 + (red - luma) / (2 * (1 - of_red)) / 255 * wide)
    made = av.VideoFrame(320, 240, "yuv420p")
    for plane, level in zip(made.planes, (y, u, v), strict=True):
        plane.update(bytes([level]) * plane.buffer_size)
    luma = (y - low) * 255 / high
    red = luma + 2 * (1 - of_red) * (v - 128) * 255 / wide
    blue = luma + 2 * (1 - of_blue) * (u - 128) * 255 / wide
    return made, np.array((red, (luma - of_red * red - of_blue * blue) / of_green, blue))


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("is_full", [False, True])
@pytest.mark.parametrize(
    ("told", "shares"),
    [(2, (0.299, 0.114)), (6, (0.299, 0.114)), (1, (0.2126, 0.0722)), (9, (0.2627, 0.0593))],
    ids=["not told", "BT.601", "BT.709", "BT.2020"],
)
def test_levels_are_those_of_the_matrix_and_the_range_that_the_stream_tells(
    colour: tuple[int, int, int], is_full: bool, told: int, shares: tuple[float, float]
) -> None:
    made, expected = coded(colour, shares, is_full)
    made.colorspace, made.color_range = told, 2 if is_full else 1
    assert np.abs(_rgb(made)[120, 160] - expected).max() <= 0.6


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize(
    ("told", "shares", "is_full"),
    [(1, (0.2126, 0.0722), False), (1, (0.2126, 0.0722), True), (6, (0.299, 0.114), True)],
)
def test_a_key_frame_has_the_colours_that_its_parameter_sets_tell_of(
    codec: Codec, told: int, shares: tuple[float, float], is_full: bool
) -> None:
    made, expected = coded((60, 140, 70), shares, is_full)
    context = VideoCodecContext.create({"h264": "libx264", "hevc": "libx265"}[codec], "w")
    context.width, context.height, context.pix_fmt = made.width, made.height, "yuv420p"
    context.time_base = Fraction(1, 25)
    context.options = {"x265-params": "log-level=none:pools=1"} if codec == "hevc" else {}
    for of in (context, made):
        of.colorspace, of.color_range = told, 2 if is_full else 1
    made.pts = 0
    packets = [*context.encode(made), *context.encode()]
    pixels = choose(frame(split(b"".join(map(bytes, packets))), codec), LIMITS).uncleared
    assert np.abs(pixels[120, 160] - expected).max() <= 0.6


def test_the_short_way_to_rgb_is_libswscales_within_its_rounding() -> None:
    made = av.VideoFrame.from_ndarray(picture(3, (240, 320)), format="rgb24").reformat(format="yuv420p")
    assert np.abs(_rgb(made).astype(int) - made.to_ndarray(format="rgb24")).max() <= 2
