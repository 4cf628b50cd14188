"""The parts of RTSP, fed with what was agreed on and with what was not."""

from __future__ import annotations

import contextlib
import io
import struct
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest
import simplejpeg
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from landwatch.config import Limits
from landwatch.errors import BadFrame, SourceError
from landwatch.sample import choose
from landwatch.source._h26x import INTER, Units, _exp_golomb, dull
from landwatch.source._rtp import Reports
from landwatch.source._rtp_jpeg import JpegUnits
from landwatch.source._rtsp_wire import BadWire, Wire
from landwatch.source._sdp import Described, video
from landwatch.source._told import Told
from landwatch.testing import NOON
from landwatch.types import Encoding, Frame
from tests.source.rtsp_peer import KEYS, TYPES, Codec, Stream, encoded, interleaved

CODECS: tuple[Codec, ...] = ("h264", "hevc")
LONGEST = 1_000_000


@cache
def stream(codec: Codec, **options: Any) -> Stream:
    return encoded(codec, count=12, gop=10, **options)


def packet(payload: bytes, number: int, time: int, marker: bool) -> bytes:
    return struct.pack(">BBHII", 0x80, marker << 7 | 96, number & 0xFFFF, time, 1) + payload


def packets(made: Stream, mtu: int = 500, begin: int = 65_530) -> list[bytes]:
    out: list[bytes] = []
    for place in range(len(made.pictures)):
        for marker, payload in made.packets(place, mtu):
            out.append(packet(payload, begin + len(out), 3600 * place, marker))
    return out


def notes(made: Stream, mtu: int = 500) -> int:
    """Return how many packets of the first picture come before its first slice; they can be spared."""
    before = [unit for unit in made.pictures[0] if TYPES[made.codec](unit) not in KEYS[made.codec]]
    return len(Stream(made.codec, [before]).packets(0, mtu))


def fed(units: Units | JpegUnits, sent: list[bytes]) -> list[tuple[bytes, int]]:
    found = []
    for one in sent:
        if units.packet(one, 0, len(one)):
            found.append(units.take())
    return found


def decoded(content: bytes, encoding: Encoding) -> np.ndarray:
    frame = Frame(
        camera="c",
        name="n",
        taken=NOON,
        time_from="clock",
        received=NOON,
        encoding=encoding,
        uncleared=content,
    )
    return choose(frame, Limits()).uncleared


@pytest.mark.parametrize("codec", CODECS)
def test_the_key_frames_of_a_stream_come_out_with_their_times(codec: Codec) -> None:
    found = fed(Units(codec, (), LONGEST), packets(stream(codec)))
    assert [time for _, time in found] == [0, 36_000]
    assert decoded(found[0][0], codec).shape == (240, 320, 3)


@pytest.mark.parametrize("codec", CODECS)
def test_every_single_lost_packet_of_a_key_frame_drops_it(codec: Codec) -> None:
    made = stream(codec)
    sent = packets(made)
    for lost in range(notes(made), len(made.packets(0, 500))):
        units = Units(codec, tuple(made.sets.values()), LONGEST)
        found = fed(units, sent[:lost] + sent[lost + 1 :])
        assert [time for _, time in found] == [36_000], lost


@pytest.mark.parametrize("codec", CODECS)
def test_swapped_packets_drop_the_key_frame(codec: Codec) -> None:
    sent = packets(stream(codec))
    place = notes(stream(codec)) + 2
    sent[place], sent[place + 1] = sent[place + 1], sent[place]
    assert [time for _, time in fed(Units(codec, (), LONGEST), sent)] == [36_000]


@pytest.mark.parametrize("codec", CODECS)
def test_a_silence_after_the_marker_ends_a_picture(codec: Codec) -> None:
    made = stream(codec)
    units = Units(codec, (), LONGEST)
    assert fed(units, packets(made)[: len(made.packets(0, 500))]) == []
    assert units.is_pending
    assert units.settle()
    assert decoded(units.take()[0], codec).shape == (240, 320, 3)


@pytest.mark.parametrize("codec", CODECS)
def test_aggregates_are_taken_apart(codec: Codec) -> None:
    made = stream(codec, size=(64, 64))
    units = made.pictures[0]
    head = bytes([24]) if codec == "h264" else bytes([48 << 1, 1])
    body = head + b"".join(struct.pack(">H", len(unit)) + unit for unit in units)
    found = fed(Units(codec, (), LONGEST), [packet(body, 0, 0, True), packet(b"\x01\x02\x03", 1, 9, True)])
    assert decoded(found[0][0], codec).shape == (64, 64, 3)


def test_extensions_sources_and_padding_are_stepped_over() -> None:
    made = stream("h264", size=(64, 64))
    sent = []
    for number, (marker, payload) in enumerate(made.packets(0)):
        head = struct.pack(">BBHII", 0x80 | 0x20 | 0x10 | 1, marker << 7 | 96, number, 0, 1)
        sent.append(head + b"csrc" + struct.pack(">HHI", 1, 1, 7) + payload + b"\0\0\3")
    units = Units("h264", (), LONGEST)
    fed(units, sent)
    assert units.settle()
    assert decoded(units.take()[0], "h264").shape == (64, 64, 3)


def test_a_key_frame_beyond_the_limit_is_dropped() -> None:
    units = Units("h264", (), 2000)
    assert fed(units, packets(stream("h264"))) == []
    assert units.damaged == 2


@given(
    st.sampled_from(CODECS),
    st.lists(
        st.tuples(
            st.integers(0, 255),
            st.booleans(),
            st.integers(0, 3),
            st.integers(0, 3),
            st.binary(max_size=40),
        ),
        max_size=40,
    ),
    st.booleans(),
    st.booleans(),
)
def test_no_packets_break_the_units(codec: Codec, sent: list[Any], donl: bool, every: bool) -> None:
    units = Units(codec, (), 200, donl=donl, every=every)
    for head, marker, number, time, payload in sent:
        data = struct.pack(">BBHII", head, marker << 7 | 96, number, time, 1) + payload
        if units.packet(data, 0, len(data)):
            assert len(units.take()[0]) < 50_000
    assert units._size <= 400


@given(st.sampled_from(CODECS), st.lists(st.binary(max_size=60), max_size=20))
def test_no_bytes_break_the_units(codec: Codec, sent: list[bytes]) -> None:
    fed(Units(codec, (), 200), sent)
    fed(JpegUnits(200), sent)


@settings(max_examples=40)
@given(st.sampled_from(CODECS), st.data())
def test_damaged_key_frames_decode_or_are_refused(codec: Codec, data: st.DataObject) -> None:
    (content, _), *_ = fed(Units(codec, (), LONGEST), packets(stream(codec, size=(64, 64))))
    changed = bytearray(content)
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=20)):
        changed[place] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(BadFrame):
        assert decoded(bytes(changed), codec).dtype == np.uint8


def test_exp_golomb_numbers_are_those_of_the_standard() -> None:
    # Table 9-2: 1, 010, 011, 00100 are 0, 1, 2, 3.
    bits = "1" + "010" + "011" + "00100"
    data = int(bits.ljust(16, "0"), 2).to_bytes(2, "big")
    found, place = [], 0
    for _ in range(4):
        value, place = _exp_golomb(data, place)
        found.append(value)
    assert found == [0, 1, 2, 3]
    assert _exp_golomb(b"\0\0\0\0\0\0", 0) == (-1, 0)


def rtp_jpeg(content: bytes, kind: int, quality: int, tables: bytes, mtu: int = 400) -> list[bytes]:
    """Return the packets of a baseline JPEG, by RFC 2435 section 3."""
    height, width = simplejpeg.decode_jpeg_header(content)[:2]
    at = content.index(b"\xff\xda")
    scan = content[at + 2 + int.from_bytes(content[at + 2 : at + 4], "big") :]
    out, offset = [], 0
    while offset < len(scan):
        piece = scan[offset : offset + mtu]
        head = bytes([0]) + offset.to_bytes(3, "big") + bytes([kind, quality, width // 8, height // 8])
        if offset == 0 and quality >= 128:
            head += struct.pack(">BBH", 0, 0, len(tables)) + tables
        out.append(packet(head + piece, len(out), 77, offset + mtu >= len(scan)))
        offset += mtu
    return out


@pytest.mark.parametrize(("subsampling", "kind"), [(1, 0), (2, 1)])
@pytest.mark.parametrize("in_band", [False, True])
def test_jpeg_over_rtp_comes_out_as_it_went_in(subsampling: int, kind: int, in_band: bool) -> None:
    noise = np.random.default_rng(2).integers(0, 256, (64, 96, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "JPEG", quality=60, subsampling=subsampling)
    content = file.getvalue()
    tables = b""
    if in_band:
        first = content.index(b"\xff\xdb")
        tables = content[first + 5 : first + 69] + content[first + 74 : first + 138]
    found = fed(JpegUnits(LONGEST), rtp_jpeg(content, kind, 255 if in_band else 60, tables))
    assert [time for _, time in found] == [77]
    assert np.array_equal(decoded(found[0][0], "jpeg"), np.asarray(Image.open(io.BytesIO(content))))


def test_jpeg_over_rtp_with_a_gap_is_dropped() -> None:
    file = io.BytesIO()
    noise = np.random.default_rng(2).integers(0, 256, (64, 96, 3), np.uint8)
    Image.fromarray(noise).save(file, "JPEG", quality=60, subsampling=2)
    sent = rtp_jpeg(file.getvalue(), 1, 60, b"")
    for lost in range(len(sent)):
        assert fed(JpegUnits(LONGEST), sent[:lost] + sent[lost + 1 :]) == []


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 0, 40, 80]),
            st.binary(min_size=4, max_size=4),
            st.booleans(),
            st.binary(min_size=40, max_size=40) | st.binary(max_size=300),
        ),
        max_size=8,
    )
)
def test_no_headers_break_jpeg_over_rtp(sent: list[tuple[int, bytes, bool, bytes]]) -> None:
    units = JpegUnits(500)
    for number, (offset, about, marker, payload) in enumerate(sent):
        data = packet(bytes([0]) + offset.to_bytes(3, "big") + about + payload, number, 7, marker)
        if units.packet(data, 0, len(data)):
            with contextlib.suppress(BadFrame):
                assert decoded(units.take()[0], "jpeg").ndim == 3
        assert units._size <= 500


def test_a_report_ties_stream_time_to_the_clock_also_where_it_wraps() -> None:
    reports = Reports(90_000, lambda: 7.0, 0.2)
    assert reports.when(5) is None
    assert reports.told is None
    second = int(NOON.timestamp()) + 2_208_988_800
    report = struct.pack(">BBHIIIIII", 0x80, 200, 6, 1, second, 1 << 31, 2**32 - 45_000, 0, 0)
    reports.packet(report, 0, len(report))
    # Half a second in the fraction, half a second before the wrap, and one second after it.
    assert reports.when(90_000) == NOON + timedelta(seconds=0.5 + 0.5 + 1)
    assert reports.when(2**32 - 90_000) == NOON + timedelta(seconds=0.5 - 0.5)
    # It was read at 7 s of the loop, and lay unread for 0.2 s at most.
    assert reports.told == Told(NOON + timedelta(seconds=0.5), 6.9, 0.1)


def test_a_report_of_a_clock_that_was_never_set_is_left() -> None:
    reports = Reports(90_000, lambda: 7.0, 0.2)
    report = struct.pack(">BBHIIIIII", 0x80, 200, 6, 1, 1000, 0, 0, 0, 0)
    reports.packet(report, 0, len(report))
    assert reports.when(0) is None
    assert datetime.fromtimestamp(0, UTC).year == 1970


@given(st.binary(max_size=100))
def test_no_bytes_break_the_reports(data: bytes) -> None:
    reports = Reports(90_000, lambda: 7.0, 0.2)
    reports.packet(data, 0, len(data))
    reports.when(7)


SDP = """v=0
o=- 1 1 IN IP4 10.0.0.9
m=audio 0 RTP/AVP 0
a=control:audio
m=video 0 RTP/AVP 96
a=rtpmap:96 H264/90000
a=fmtp:96 packetization-mode=1; sprop-parameter-sets=Z0IAKeKQFge2AtwEBAaQeJEV,aM48gA
a=control:trackID=1
"""


def test_a_description_gives_the_video_and_its_sets() -> None:
    media = video(SDP.encode())
    assert (media.codec, media.payload, media.rate, media.control) == ("h264", 96, 90_000, "trackID=1")
    assert [one[0] & 31 for one in media.sets] == [7, 8]


def test_a_description_is_read_once_and_a_new_one_anew() -> None:
    described = Described()
    first = described.video(SDP.encode())
    assert described.video(SDP.encode()) is first
    other = described.video(SDP.replace("a=control:", "a=control:other/").encode())
    assert other.control == f"other/{first.control}"
    assert described.video(SDP.encode()) == first


def test_jpeg_needs_no_map() -> None:
    assert video(b"m=video 0 RTP/AVP 26\r\n").codec == "jpeg"


def test_a_second_video_is_taken_where_the_first_cannot_be_read() -> None:
    assert video(b"m=video 0 RTP/AVP 97\r\na=rtpmap:97 VP8/90000\r\nm=video 0 RTP/AVP 26\r\n").codec == "jpeg"


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "it offers no video; H.264, H.265 and JPEG can be read"),
        (b"m=video 0 RTP/AVP 97\r\na=rtpmap:97 VP8/90000\r\n", "it offers VP8;"),
        (b"m=video 0 RTP/AVP 9" + b"9" * 70_000, "the limit is 65536"),
    ],
)
def test_other_descriptions_are_told(body: bytes, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        video(body)


@given(st.lists(st.sampled_from(SDP.splitlines()) | st.text(max_size=60), max_size=12))
def test_no_description_breaks_the_reader(lines: list[str]) -> None:
    with contextlib.suppress(SourceError):
        media = video("\n".join(lines).encode())
        assert "\r" not in media.control
        assert " " not in media.control


ASKS = b"WWW-Authenticate: a\r\nWWW-authenticate: b\r\n"
REPLY = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n" + ASKS + b"Content-Length: 3\r\n\r\nabc"


@given(st.lists(st.integers(1, 40), min_size=1), st.lists(st.binary(min_size=1, max_size=90), max_size=5))
def test_replies_and_packets_come_out_however_they_were_cut(cuts: list[int], inside: list[bytes]) -> None:
    data = REPLY + b"".join(struct.pack(">BBH", 0x24, 4, len(one)) + one for one in inside) + REPLY
    wire, got, replies = Wire(), [], []
    wire.packets[4] = lambda data, start, end: got.append(data[start:end])
    at = turn = 0
    while at < len(data):
        step = cuts[turn % len(cuts)]
        replies += wire.feed(data[at : at + step])
        at, turn = at + step, turn + 1
    assert got == inside
    assert [reply.body for reply in replies] == [b"abc", b"abc"]
    assert replies[0].all("www-authenticate") == ["a", "b"]


def test_requests_of_the_camera_are_passed_over() -> None:
    wire = Wire()
    assert wire.feed(b"OPTIONS rtsp://x RTSP/1.0\r\nCSeq: 9\r\n\r\n\r\n" + REPLY)[0].status == 200


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
        b"RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"RTSP/1.0 " + b"a" * 70_000,
    ],
)
def test_what_is_no_rtsp_is_refused(data: bytes) -> None:
    with pytest.raises(BadWire):
        Wire().feed(data)


@given(st.lists(st.binary(max_size=400) | st.sampled_from([REPLY, REPLY[:30], b"$\0\0\5"]), max_size=12))
def test_no_bytes_break_the_wire_or_grow_it(chunks: list[bytes]) -> None:
    wire = Wire()
    with contextlib.suppress(BadWire):
        for chunk in chunks:
            wire.feed(chunk)
            assert len(wire._rest) <= 131_072 + 4


@settings(max_examples=300)
@given(st.data())
def test_damaged_jpegs_decode_or_are_refused(data: st.DataObject) -> None:
    content = bytearray(simplejpeg.encode_jpeg(np.full((64, 64, 3), 90, np.uint8)))
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=12)):
        content[place] = data.draw(st.integers(0, 255))
    kept = content[: data.draw(st.integers(0, len(content)))]
    with contextlib.suppress(BadFrame):
        pixels = decoded(bytes(kept), "jpeg")
        assert pixels.ndim == 3
        assert pixels.size <= 3 * 64e6


@pytest.mark.parametrize("codec", CODECS)
def test_packets_that_are_let_go_unread_begin_no_key_frame(codec: Codec) -> None:
    table = dull(codec)
    for place in range(65536):
        first, second = place >> 8, place & 255
        head = bytes([first, second]) if codec == "h264" else bytes([first, 1, second])
        # Where the table alone cannot tell, the byte after does.
        for third in range(256) if table[place] == 2 else (255,):
            units = Units(codec, (), LONGEST)
            sent = packet(head + bytes([third]) + b"\xff" * 8, 0, 0, False)
            units.packet(sent, 0, len(sent))
            if not units.is_idle:
                assert table[place] == 0 or (table[place] == 2 and not INTER[third]), (head.hex(), third)


@pytest.mark.parametrize("codec", CODECS)
def test_a_stream_comes_out_the_same_where_dull_packets_are_let_go(codec: Codec) -> None:
    sent = packets(stream(codec))
    units, wire = Units(codec, (), LONGEST), Wire()
    found: list[tuple[bytes, int]] = []

    def take(data: bytes, start: int, end: int) -> None:
        if units.packet(data, start, end):
            found.append(units.take())
        wire.dull = None if units.dull is None else (0, *units.dull)

    wire.packets[0] = take
    wire.feed(interleaved(sent))
    assert found == fed(Units(codec, (), LONGEST), sent)
    assert wire.let_go > 20
