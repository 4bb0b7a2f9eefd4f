"""A model looked at by OpenVINO alone, in a process of its own.

Run as `python independent.py MODEL DATA.npz OUT.npz`: writes the outputs for the first samples, and
prints as JSON the type, precision and kernel of what the CPU plugin executes with weights.
"""

import json
import sys

import numpy as np
import openvino as ov

LAYERS = ("Convolution", "Deconvolution", "FullyConnected", "MatMul", "RNNSeq", "RNNCell", "Gather")


def main(path: str, data: str, out: str, count: int = 4) -> None:
    core = ov.Core()
    model = core.read_model(path)
    compiled = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    with np.load(data) as file:
        arrays = {name: file[name] for name in file.files}
    outputs: dict[str, list[np.ndarray]] = {}
    for sample in range(count):
        feed = {}
        for index, port in enumerate(compiled.inputs):
            name = next((n for n in arrays if n in port.get_names()), next(iter(arrays)))
            partial = port.get_partial_shape()
            kind = port.get_element_type()
            dtype = np.float32 if kind == ov.Type.bf16 else kind.to_dtype()
            row = np.asarray(arrays[name][sample], dtype)
            if row.ndim < len(partial):
                batch = partial[0].get_length() if partial[0].is_static else 1
                second = batch > 1 and row.ndim > 0 and batch == len(row)
                row = row[:, None] if second else np.repeat(row[None], batch, axis=0)
            feed[index] = _tensor(row, kind)
        results = compiled(feed)
        for number, port in enumerate(compiled.outputs):
            outputs.setdefault(str(number), []).append(np.array(results[port]))
    np.savez(out, **{name: np.stack(rows) for name, rows in outputs.items() if _alike(rows)})
    facts = [op.get_rt_info() for op in compiled.get_runtime_model().get_ordered_ops()]
    kinds = [
        (info["layerType"].astype(str), info["runtimePrecision"].astype(str)) for info in facts
    ]
    executed = [(layer, precision) for layer, precision in kinds if layer in LAYERS]
    sys.stdout.write(json.dumps(executed))


def _tensor(row: np.ndarray, kind: ov.Type) -> ov.Tensor:
    if kind != ov.Type.bf16:
        return ov.Tensor(np.ascontiguousarray(row))
    bits = (row.view(np.uint32) >> 16).astype(np.uint16)
    tensor = ov.Tensor(kind, ov.Shape(row.shape))
    tensor.data.view(np.uint16)[...] = bits
    return tensor


def _alike(rows: list[np.ndarray]) -> bool:
    return len({row.shape for row in rows}) == 1


if __name__ == "__main__":
    main(*sys.argv[1:4])
