"""What `choose` makes of stills, good and bad."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import simplejpeg
from PIL import Image

from landwatch.config import Limits
from landwatch.errors import BadFrame
from landwatch.sample import choose
from landwatch.testing import NOON
from landwatch.types import Encoding, Frame, Pixels

LIMITS = Limits()


def frame(content: bytes | Pixels, encoding: Encoding = "jpeg", fault: str = "") -> Frame:
    return Frame(
        camera="test",
        name="a.jpg",
        taken=NOON,
        time_from="given",
        received=NOON,
        encoding=encoding,
        uncleared=content,
        fault=fault,
    )


def slope(width: int = 96, height: int = 64) -> Pixels:
    """Return a picture in which each corner has a colour of its own."""
    rows, columns = np.mgrid[0:height, 0:width]
    red, green = columns * 255 // (width - 1), rows * 255 // (height - 1)
    return np.dstack([red, green, np.full_like(red, 60)]).astype(np.uint8)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"subsampling": 2}])
def test_jpeg_levels_are_those_of_pillow(options: dict[str, object]) -> None:
    content = saved(Image.fromarray(slope()), "JPEG", quality=90, **options)
    expected = np.asarray(Image.open(io.BytesIO(content)))
    assert np.array_equal(choose(frame(content), LIMITS).uncleared, expected)


def test_phenocam_pictures_decode_as_pillow_does(shared: Path) -> None:
    files = sorted((shared / "data/instruments/greenness").glob("*.jpg"))
    assert len(files) == 12
    for file in files:
        pixels = choose(frame(file.read_bytes()), LIMITS).uncleared
        assert np.array_equal(pixels, np.asarray(Image.open(file))), file.name


def test_gray_jpeg_has_three_equal_channels() -> None:
    content = saved(Image.fromarray(slope()).convert("L"), "JPEG")
    pixels = choose(frame(content), LIMITS).uncleared
    assert pixels.shape == (64, 96, 3)
    assert np.array_equal(pixels[..., 0], pixels[..., 2])


def test_cmyk_jpeg_becomes_rgb() -> None:
    red = Image.new("CMYK", (64, 64), (0, 255, 255, 0))
    pixels = choose(frame(saved(red, "JPEG")), LIMITS).uncleared
    assert pixels[32, 32, 0] > 240
    assert pixels[32, 32, 1] < 15


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_is_undone(orientation: int) -> None:
    # The EXIF value says how to turn the stored rows upright; its inverse, applied here, stores them.
    undo = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.swapaxes(0, 1),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
        8: lambda a: np.rot90(a, -1),
    }
    upright = slope()
    stored = Image.fromarray(np.ascontiguousarray(undo[orientation](upright)))
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = saved(stored, "JPEG", quality=98, subsampling=0, exif=exif)
    pixels = choose(frame(content), LIMITS).uncleared
    assert pixels.shape == upright.shape
    assert np.abs(pixels.astype(int) - upright).max() <= 8


def test_sixteen_bits_keep_their_upper_eight() -> None:
    levels = np.full((64, 64), 0x7F80, np.uint16)
    for kind, encoding in (("PNG", "png"), ("TIFF", "tiff")):
        pixels = choose(frame(saved(Image.fromarray(levels), kind), encoding), LIMITS).uncleared
        assert (pixels == 0x7F).all(), kind


def test_what_is_clear_stays_hidden() -> None:
    image = Image.fromarray(np.dstack([slope(), np.full((64, 96), 255, np.uint8)]))
    image.putpixel((90, 10), (255, 255, 255, 0))
    pixels = choose(frame(saved(image, "PNG"), "png"), LIMITS).uncleared
    assert tuple(pixels[10, 90]) == (0, 0, 0)
    assert tuple(pixels[10, 80]) == tuple(slope()[10, 80])


def test_a_truncated_jpeg_is_no_picture() -> None:
    content = saved(Image.fromarray(slope(640, 480)), "JPEG")
    for share in (0.3, 0.6, 0.95):
        with pytest.raises(BadFrame, match=r"a\.jpg: .*cut short or damaged"):
            choose(frame(content[: int(len(content) * share)]), LIMITS)


@pytest.mark.parametrize(("kind", "encoding"), [("PNG", "png"), ("TIFF", "tiff")])
def test_a_truncated_png_or_tiff_is_no_picture(kind: str, encoding: Encoding) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (200, 200, 3), np.uint8)
    content = saved(Image.fromarray(noise), kind)
    with pytest.raises(BadFrame, match=r"a\.jpg: "):
        choose(frame(content[: len(content) // 2], encoding), LIMITS)


def test_stray_bytes_before_the_end_are_harmless() -> None:
    content = saved(Image.fromarray(slope()), "JPEG")
    stray = content[:-2] + b"\x11" + content[-2:]
    assert choose(frame(stray), LIMITS).uncleared.shape == (64, 96, 3)


def test_text_named_jpg_is_told_by_its_first_bytes() -> None:
    with pytest.raises(BadFrame, match=r"a\.jpg: 11 bytes, not a JPEG; starts 68656c6c"):
        choose(frame(b"hello world"), LIMITS)


def test_an_empty_file_is_told() -> None:
    with pytest.raises(BadFrame, match="0 bytes, not a JPEG; starts with nothing"):
        choose(frame(b""), LIMITS)


def test_one_pixel_says_nothing() -> None:
    content = saved(Image.fromarray(np.zeros((1, 1, 3), np.uint8)), "JPEG")
    with pytest.raises(BadFrame, match=r"1 x 1 px; a picture has at least 32 px \(limits\.least_px\)"):
        choose(frame(content), LIMITS)


def test_a_hundred_megapixels_are_refused_from_the_jpeg_header() -> None:
    small = simplejpeg.encode_jpeg(slope(), colorsubsampling="444")
    at = small.find(b"\xff\xc0") + 5
    content = small[:at] + struct.pack(">HH", 10_000, 10_000) + small[at + 4 :]
    with pytest.raises(BadFrame, match=r"100\.0 megapixels; the limit is 64 \(limits\.megapixels\)"):
        choose(frame(content), LIMITS)


def test_a_hundred_megapixels_are_refused_from_the_png_header() -> None:
    head = b"IHDR" + struct.pack(">IIBBBBB", 10_000, 10_000, 8, 2, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
    body = b"IDAT" + zlib.compress(bytes(1000))
    content += struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    with pytest.raises(BadFrame, match=r"100\.0 megapixels"):
        choose(frame(content, "png"), LIMITS)


def test_too_many_bytes_are_refused_unread() -> None:
    with pytest.raises(BadFrame, match=r"2\.0 MB; the limit is 1 \(limits\.megabytes\)"):
        choose(frame(bytes(2_000_000)), Limits(megabytes=1))


def test_a_fault_of_the_source_is_the_reason() -> None:
    with pytest.raises(BadFrame, match=r"^b\.jpg: cannot be read: Permission denied$"):
        choose(frame(b"", fault="b.jpg: cannot be read: Permission denied"), LIMITS)


def test_a_scaled_decode_keeps_the_least_width() -> None:
    content = saved(Image.fromarray(slope(1920, 1080)), "JPEG")
    assert choose(frame(content), LIMITS, least_width=900).uncleared.shape == (540, 960, 3)
    assert choose(frame(content), LIMITS).uncleared.shape == (1080, 1920, 3)


def test_pixels_can_be_forgotten() -> None:
    readonly = slope()
    readonly.setflags(write=False)
    for content, encoding in ((saved(Image.fromarray(slope()), "JPEG"), "jpeg"), (readonly, "rgb")):
        sample = choose(frame(content, encoding), LIMITS)
        sample.forget()
        assert not sample.uncleared.any()


def test_a_jpeg_of_endless_scans_is_refused_before_it_is_decoded() -> None:
    content = saved(Image.fromarray(slope()), "JPEG", progressive=True)
    start = content.rindex(b"\xff\xda")
    with pytest.raises(BadFrame, match="scans; the limit is 100"):
        choose(frame(content[:start] + content[start:-2] * 101 + content[-2:]), LIMITS)
