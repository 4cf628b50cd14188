"""Key frames of H.264 and H.265: whole ones decode, others are refused, none leaks into the next."""

from __future__ import annotations

import av
import numpy as np
import pytest

from landwatch.config import Limits
from landwatch.errors import BadFrame
from landwatch.sample import choose, measured
from landwatch.sample._video import _rgb
from landwatch.testing import NOON
from landwatch.types import Frame
from tests.source.rtsp_peer import Codec, encoded, picture

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


@pytest.mark.parametrize("colour", [(128, 128, 128), (60, 140, 70), (200, 90, 40), (90, 120, 210)])
def test_levels_of_video_are_those_of_bt_601(colour: tuple[int, int, int]) -> None:
    flat = np.full((240, 320, 3), colour, np.uint8)
    made = av.VideoFrame.from_ndarray(flat, format="rgb24").reformat(format="yuv420p")
    y, u, v = (float(np.frombuffer(memoryview(plane), np.uint8)[0]) for plane in made.planes)
    luma, blue, red = (y - 16) * 255 / 219, (u - 128) * 255 / 224, (v - 128) * 255 / 224
    expected = (luma + 1.402 * red, luma - 0.344136 * blue - 0.714136 * red, luma + 1.772 * blue)
    assert np.abs(_rgb(made)[120, 160] - np.array(expected)).max() <= 0.6


def test_the_short_way_to_rgb_is_libswscales_within_its_rounding() -> None:
    made = av.VideoFrame.from_ndarray(picture(3, (240, 320)), format="rgb24").reformat(format="yuv420p")
    assert np.abs(_rgb(made).astype(int) - made.to_ndarray(format="rgb24")).max() <= 2
