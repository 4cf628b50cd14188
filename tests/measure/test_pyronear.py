"""Models that the operator brings: tiny ones in Pyronear's layout, whose answers are known."""

from __future__ import annotations

import hashlib
import os
from datetime import timedelta

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from landwatch.config import Camera
from landwatch.errors import ConfigError, MeasureError
from landwatch.measure import _pyronear, instruments_of, read
from landwatch.measure._pyronear import GREY, SIDE, Model, letterbox, load, suppress
from landwatch.past import Past, shrink
from landwatch.testing import NOON, picture


def save(path, boxes, *, side=SIDE, layout="(1, 5, N)", scale=1.0, offset=0.0):
    """Write a model whose boxes (cx, cy, w, h) stand still; the red at a box's centre is its confidence."""
    boxes = np.asarray(boxes, np.float32)
    places = [[0, 0, min(side - 1, int(cy)), min(side - 1, int(cx))] for cx, cy, *_ in np.abs(boxes)]
    constants = {
        "boxes": boxes.T[None],
        "places": np.asarray(places, np.int64),
        "row": np.asarray([1, 1, len(boxes)], np.int64),
        "first": np.asarray([0], np.int64),
        "scale": np.asarray(scale, np.float32),
        "offset": np.asarray(offset, np.float32),
    }
    nodes = [
        helper.make_node("GatherND", ["images", "places"], ["red"]),
        helper.make_node("Mul", ["red", "scale"], ["scaled"]),
        helper.make_node("Add", ["scaled", "offset"], ["moved"]),
        helper.make_node("Reshape", ["moved", "row"], ["confidence"]),
        helper.make_node("Concat", ["boxes", "confidence"], ["whole"], axis=1),
    ]
    last = {
        "(1, 5, N)": helper.make_node("Identity", ["whole"], ["output0"]),
        "(5, N)": helper.make_node("Squeeze", ["whole", "first"], ["output0"]),
        "(1, N, 5)": helper.make_node("Transpose", ["whole"], ["output0"], perm=[0, 2, 1]),
        "(1, 6, N)": helper.make_node("Concat", ["whole", "confidence"], ["output0"], axis=1),
    }[layout]
    graph = helper.make_graph(
        [*nodes, last],
        "tiny",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, side, side])],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


def land(red=0, where=(slice(0, 0), slice(0, 0)), size=(480, 640)):
    """Return a green picture, red in one place."""
    pixels = np.zeros((*size, 3), np.uint8)
    pixels[..., 1] = 90
    pixels[(*where, 0)] = red
    return pixels


def candidates(model, pixels, mask=None):
    seen = picture(pixels, mask=mask)
    return model.candidates(seen, shrink(seen))


@pytest.mark.parametrize("layout", ["(1, 5, N)", "(5, N)"])
def test_a_box_comes_back_in_px_of_the_small_copy(tmp_path, layout):
    """640 x 480 fills 1024 x 768, 128 px below the top; the small copy is half of the picture.

    160-320 of 1024 across are 100-200 of 640 and 50-100 of 320; 288-352 down are (288-128)/1.6 = 100 to 140
    of 480 and 50-70 of 240.
    """
    model = Model(*save(tmp_path / "m.onnx", [(240, 320, 160, 64)], layout=layout))
    (found,) = candidates(model, land(204, (slice(100, 140), slice(100, 200))))
    assert found.box == (50, 50, 100, 70)
    assert found.score == pytest.approx(204 / 255)


def test_a_picture_without_smoke_has_no_candidate(tmp_path):
    model = Model(*save(tmp_path / "m.onnx", [(240, 320, 160, 64)]))
    assert candidates(model, land()) == []


def test_a_confidence_of_a_twentieth_is_not_enough(tmp_path):
    model = Model(*save(tmp_path / "m.onnx", [(240, 320, 160, 64)]))
    everywhere = (slice(None), slice(None))
    assert candidates(model, land(12, everywhere)) == []  # 12 / 255 = 0.047
    (found,) = candidates(model, land(13, everywhere))  # 13 / 255 = 0.051
    assert found.score == pytest.approx(13 / 255)


def test_the_picture_is_scaled_into_a_grey_square():
    square, scale, corner = letterbox(np.full((450, 1000, 3), 200, np.uint8))
    # 450 x 1.024 = 460.8 rows, rounded 461; (1024 - 461) / 2 = 281.5, of which 281 are above.
    assert (scale, corner) == (1.024, (0, 281))
    assert (square[:281] == GREY).all()
    assert (square[281:742] == 200).all()
    assert (square[742:] == GREY).all()


def test_what_lies_beside_the_picture_is_dropped(tmp_path):
    # The grey above the picture has a confidence of 114 / 255.
    model = Model(*save(tmp_path / "m.onnx", [(500, 40, 60, 60)]))
    assert candidates(model, land()) == []


def test_a_box_wider_than_two_fifths_is_dropped(tmp_path):
    everywhere = (slice(None), slice(None))
    for width, count in ((408, 1), (412, 0)):  # 0.4 x 1024 = 409.6
        model = Model(*save(tmp_path / f"{width}.onnx", [(512, 512, width, 64)]))
        assert len(candidates(model, land(200, everywhere))) == count


def test_a_box_that_touches_a_surer_one_gives_way_and_so_do_its_own():
    """Pyronear's rule: the second touches the first, the third only the second; both give way."""
    boxes = np.array([[0, 0, 10, 10, 0.9], [8, 0, 18, 10, 0.5], [16, 0, 26, 10, 0.3], [40, 0, 50, 10, 0.1]])
    kept = suppress(boxes[[2, 0, 3, 1]].astype(np.float32))
    assert kept[:, 4] == pytest.approx([0.9, 0.1])


def test_boxes_side_by_side_do_not_touch():
    boxes = np.array([[0, 0, 10, 10, 0.9], [10, 0, 20, 10, 0.5]], np.float32)
    assert len(suppress(boxes)) == 2


def test_a_box_mostly_where_something_was_removed_is_dropped(tmp_path):
    # The box is 100-200 across and 100-140 down: of 100 columns 40, then 60 were removed.
    model = Model(*save(tmp_path / "m.onnx", [(240, 320, 160, 64)]))
    for right, count in ((140, 1), (160, 0)):
        mask = np.zeros((480, 640), np.uint8)
        mask[:, 100:right] = 255
        assert len(candidates(model, land(200, (slice(None), slice(None))), mask)) == count


def test_a_model_is_loaded_once_however_many_cameras_ask(tmp_path):
    given = save(tmp_path / "m.onnx", [(240, 320, 160, 64)])
    assert load(*given) is load(*given)


BOX = (240, 320, 160, 64)


@pytest.mark.parametrize(
    ("boxes", "how", "words"),
    [
        ([BOX], {"side": 640}, r"\[1, 3, 640, 640\], not one tensor\(float\) \[1, 3, 1024, 1024\]"),
        ([BOX], {"layout": "(1, N, 5)"}, r"answered \(1, 1, 5\), not \(5, N\)"),
        ([BOX], {"layout": "(1, 6, N)"}, r"answered \(1, 6, 1\), not \(5, N\)"),
        ([BOX], {"scale": 9.0, "offset": -3.0}, "answers confidences from .*, not 0 to 1"),
        ([BOX], {"scale": float("nan")}, "numbers that are not finite"),
        ([(0.2, 0.3, 0.1, 0.1)], {}, "as shares of the picture, not in px of 1024"),
        ([(240, 320, -160, 64)], {}, "widths or heights below 0"),
        ([(240, 9000, 160, 64)], {}, "centres from 240 to 9000 px, not 0 to 1024"),
    ],
)
def test_another_layout_is_refused_at_the_start_and_named(tmp_path, boxes, how, words):
    with pytest.raises(ConfigError, match=rf"m\.onnx .*{words}"):
        Model(*save(tmp_path / "m.onnx", boxes, **how))


def test_another_file_is_refused_at_the_start_and_named(tmp_path):
    path, sha256 = save(tmp_path / "m.onnx", [BOX])
    with pytest.raises(ConfigError, match=rf"has SHA-256 {sha256}, not '0123'; if you trust the file"):
        Model(path, "0123")
    with pytest.raises(ConfigError, match=r"no model at .*none\.onnx: No such file"):
        Model(tmp_path / "none.onnx", sha256)
    path.write_bytes(b"no model")
    with pytest.raises(ConfigError, match="is no ONNX model that can be run"):
        Model(path, hashlib.sha256(b"no model").hexdigest())


def test_a_file_that_memory_could_not_bear_is_refused(tmp_path, monkeypatch):
    path, sha256 = save(tmp_path / "m.onnx", [BOX])
    monkeypatch.setattr(_pyronear, "MOST_BYTES", 100)
    with pytest.raises(ConfigError, match="a model may have 100"):
        Model(path, sha256)


class Hanging:
    """A runtime that returns only when it is told to."""

    def run(self, _names, _inputs, options):
        while not options.terminate:
            os.sched_yield()
        raise RuntimeError("terminated")


def test_a_model_that_hangs_is_broken_off(tmp_path, monkeypatch):
    model = Model(*save(tmp_path / "m.onnx", [BOX]))
    model._session = Hanging()
    monkeypatch.setattr(_pyronear, "MOST_SECONDS", 0.0)
    with pytest.raises(MeasureError, match="failed, or took more than 0 s: RuntimeError"):
        candidates(model, land())


class Spoilt:
    """A runtime that adds two to each answer."""

    def __init__(self, real):
        self.real = real

    def run(self, *given):
        return [answer + 2.0 for answer in self.real.run(*given)]


def test_an_answer_out_of_range_costs_the_reading(tmp_path):
    model = Model(*save(tmp_path / "m.onnx", [BOX]))
    model._session = Spoilt(model._session)
    with pytest.raises(MeasureError, match="no box or no confidence"):
        candidates(model, land())


def instrument(**settings):
    return instruments_of(Camera(name="ridge", source={"kind": "folder"}, measure={"smoke": settings}))


def test_the_instrument_asks_the_model_and_gathers_what_it_says(tmp_path):
    """Box of a confidence of 0.8, a minute apart: evidence 0.8, 0.75 x 0.8 + 0.8 = 1.4; score e / (e + 1)."""
    path, sha256 = save(tmp_path / "m.onnx", [BOX])
    settings, past, readings = instrument(model=str(path), sha256=sha256), Past(), []
    for minute in range(2):
        pixels = land(204, (slice(100, 140), slice(100, 200)))
        seen = picture(pixels, taken=NOON + timedelta(minutes=minute))
        past.begin(seen)
        readings += read(seen, past, (), settings)
        past.end(())
    assert [reading.value for reading in readings] == pytest.approx([0.8 / (0.8 + 0.82), 1.4 / (1.4 + 0.82)])
    assert readings[-1].region == (100, 100, 200, 140)


def test_a_camera_with_another_file_does_not_start(tmp_path):
    path, _ = save(tmp_path / "m.onnx", [BOX])
    with pytest.raises(ConfigError, match="if you trust the file, write the former"):
        instrument(model=str(path))
    with pytest.raises(ConfigError, match="sha256 without model"):
        instrument(sha256="0" * 64)
