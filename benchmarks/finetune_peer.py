"""NNCF's quantization of ResNet-20 in PyTorch, tuned by the same loss, images and optimizer."""

from pathlib import Path

import nncf
import numpy as np
import onnx
import openvino as ov
import torch
from onnx import numpy_helper

from calibrate.context.dataset import random_order
from calibrate.context.run_context import RunContext
from calibrate.datasets.loading.calibration_batches import CalibrationBatches
from calibrate.models.inputs import batch_of
from calibrate.quantization.finetune.decoder_losses import loss_for
from calibrate.quantization.finetune.images import draw, inputs_of, mirrored, stacked
from calibrate.quantization.finetune.losses import loss_of
from calibrate.quantization.finetune.options import TuningOptions
from calibrate.runtime.inference import output_names, output_shapes

_RATE = 1e-4
"""Of Adam over all parameters of the quantized module; NNCF's examples use 1e-5 to 1e-4."""


class ResNet20(torch.nn.Module):
    """ResNet-20 for CIFAR-10 with folded normalization and shortcuts without parameters.

    Args:
        path: ONNX file whose weights it takes, in the order of the layers.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        graph = onnx.load(path).graph
        tensors = {t.name: torch.tensor(numpy_helper.to_array(t)) for t in graph.initializer}
        weights = [
            [tensors[name].clone() for name in node.input[1:3]]
            for node in graph.node
            if node.op_type in ("Conv", "Gemm")
        ]
        widths = [(3, 16, 1), *((16, 16, 1),) * 6]
        widths += [(16, 32, 2), *((32, 32, 1),) * 5, (32, 64, 2), *((64, 64, 1),) * 5]
        self.convolutions = torch.nn.ModuleList(
            torch.nn.Conv2d(before, after, 3, stride, 1) for before, after, stride in widths
        )
        self.classes = torch.nn.Linear(64, 10)
        for layer, (weight, bias) in zip([*self.convolutions, self.classes], weights, strict=True):
            layer.weight.data, layer.bias.data = weight, bias

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Return the logits, [N, 10]."""
        values = torch.relu(self.convolutions[0](image))
        for first, second in zip(self.convolutions[1::2], self.convolutions[2::2], strict=True):
            shortcut = values
            if first.stride != (1, 1):
                half = values.shape[1] // 2
                shortcut = torch.nn.functional.pad(values[:, :, ::2, ::2], (0, 0, 0, 0, half, half))
            values = torch.relu(second(torch.relu(first(values))) + shortcut)
        logits: torch.Tensor = self.classes(values.mean((2, 3)))
        return logits


def tuned_by_nncf(context: RunContext, path: Path, updates: int) -> ov.Model:
    """Return the module's INT8 model after tuning, with static shapes.

    Args:
        context: FP32 model and images; the calibration images are tuned on.
        path: of the ONNX file of ResNet-20.
        updates: of the weights.
    """
    options = TuningOptions()
    teacher = ResNet20(path).eval()
    images = context.data
    indices = random_order(images.calibration_tensors, images.calibration, context.seed)
    feeds = CalibrationBatches(
        images.calibration_tensors, indices, batch_of(context.baseline.plans)
    )
    samples = [inputs_of(feed) for feed in feeds]
    compiled = ov.Core().compile_model(
        context.baseline.model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"}
    )
    with torch.no_grad():
        difference = np.abs(teacher(*samples[0]).numpy() - compiled(dict(feeds[0]))[0]).max()
    if difference > 1e-3:
        raise SystemExit(f"{path} is another network: logits differ by {difference:.2g}")
    quantized = nncf.quantize(
        ResNet20(path).eval(), nncf.Dataset([sample[0] for sample in samples])
    )
    (name,) = output_names(context.baseline.model)
    loss = loss_for(context.resolved.decoder, output_shapes(context.baseline.model))
    optimizer = torch.optim.Adam(quantized.parameters(), lr=_RATE, betas=(0.9, 0.99))
    for step in range(updates):
        chosen = draw(len(samples), options.batch, step, options.seed)
        batch = stacked(
            [
                mirrored(samples[index], step, place, options.seed)
                for place, index in enumerate(chosen)
            ]
        )
        with torch.no_grad():
            expected = teacher(*batch)
        optimizer.zero_grad()
        loss_of(loss, {name: quantized(*batch)}, {name: expected}).backward()
        optimizer.step()
    shape = tuple(np.asarray(samples[0][0]).shape)
    model = ov.convert_model(
        quantized.eval(), example_input=torch.zeros(shape), input=[list(shape)]
    )
    model.output(0).get_tensor().set_names({name})
    return model
