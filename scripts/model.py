"""Make the shipped detector from the full-precision one: same graph, weights stored as float16.

    python scripts/model.py nanodet-416.onnx src/landwatch/redact/nanodet-416-fp16.onnx

The weights were published as float16, so nothing is lost; they are cast back when the model is loaded,
so it computes in float32. Prints the SHA-256 that `landwatch.redact.detector` demands.
The outputs are put in the order scores 8, 16, 32, distances 8, 16, 32.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FULL_SHA256 = "d16c74fa471ac6484458e3ba0e761cfa6c28b44ecb6443d46f9715b3c8eed2c0"
"""Of the float32 model that this script takes."""

SMALL = 64
"""Tensors with fewer values stay float32: they are biases, and cost nothing. [1]"""

CELLS = {2704: 0, 676: 1, 169: 2}
"""Place in the output order by the number of cells: strides 8, 16, 32."""


def shrink(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the model with its weights as float16, cast to float32 in the graph."""
    graph = model.graph
    casts = []
    for position, tensor in enumerate(list(graph.initializer)):
        values = numpy_helper.to_array(tensor)
        if tensor.data_type != TensorProto.FLOAT or values.size < SMALL:
            continue
        name = tensor.name
        half = numpy_helper.from_array(values.astype(np.float16), f"{name}_half")
        graph.initializer[position].CopyFrom(half)
        casts.append(helper.make_node("Cast", [half.name], [name], to=TensorProto.FLOAT))
    nodes = list(graph.node)
    del graph.node[:]
    graph.node.extend(casts + nodes)
    outputs = sorted(graph.output, key=_order)
    del graph.output[:]
    graph.output.extend(outputs)
    model.doc_string = "NanoDet, COCO classes; weights float16"
    onnx.checker.check_model(model)
    return model


def _order(output: onnx.ValueInfoProto) -> tuple[bool, int]:
    """Return the place of an output: scores before distances, fine before coarse."""
    _, cells, width = (d.dim_value for d in output.type.tensor_type.shape.dim)
    return width != 80, CELLS[cells]


def main(source: Path, target: Path) -> None:
    """Convert `source` to `target`, and say what came out."""
    body = source.read_bytes()
    digest = hashlib.sha256(body).hexdigest()
    if digest != FULL_SHA256:
        raise SystemExit(f"{source} has SHA-256 {digest}, not {FULL_SHA256}; take the model named in NOTICE")
    target.write_bytes(shrink(onnx.load_model_from_string(body)).SerializeToString(deterministic=True))
    digest = hashlib.sha256(target.read_bytes()).hexdigest()
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB, SHA-256 {digest}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]))
