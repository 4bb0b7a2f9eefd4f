"""Well-known networks in their published form, built with OpenVINO's operations.

Layers, shapes and parameter counts are those of the literature; weights are drawn (`layers.py`).
Batch norms in front of a convolution (DenseNet) are two operations.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import openvino as ov
from inceptions import inception_v1, inception_v3, inception_v4
from layers import Layers, average_pool, concat, max_pool
from numpy.typing import NDArray
from openvino import Node
from openvino import opset13 as ops


@dataclass(frozen=True)
class Topology:
    """A network and what the literature says of it.

    Attributes:
        side: of the square input image.
        build: adds the layers behind an image and returns the outputs by name.
        norm: see `Layers`.
        parameters: published, exact.
        macs: published multiply-accumulates, 10^9; torchvision's and timm's figures.
    """

    side: int
    build: Callable[[Layers, Node], dict[str, Node]]
    norm: int
    parameters: int
    macs: float

    def model(self, name: str, images: NDArray[np.float32], seed: int = 0) -> tuple[ov.Model, int]:
        """Return the model and the number of its parameters.

        Args:
            name: of the model.
            images: [N, 3, side, side], a few, from which norms are set.
            seed: of the weights.
        """
        batch = ops.parameter(list(images.shape), np.float32)
        layers = Layers(seed, self.norm)
        self.build(layers, batch)
        probe = ov.Model(layers.measured, [batch], "statistics")
        compiled = ov.Core().compile_model(probe, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        statistics = list(compiled(images).values())
        image = ops.parameter([1, 3, self.side, self.side], np.float32, name="image")
        image.output(0).set_names({"image"})
        layers = Layers(seed, self.norm, statistics)
        outputs = self.build(layers, image)
        for key, node in outputs.items():
            node.output(0).set_names({key})
        return ov.Model(list(outputs.values()), [image], name), layers.parameters


def _residual(blocks: Sequence[int]) -> Callable[[Layers, Node], dict[str, Node]]:
    """ResNet v1.5 of bottlenecks. Source: He et al., 2015; stride as torchvision has it."""

    def build(layers: Layers, image: Node) -> dict[str, Node]:
        stream = max_pool(ops.relu(layers.conv(image, 64, 7, 2)), 3, 2, 1)
        scale = (1 / sum(blocks)) ** 0.5
        for stage, count in enumerate(blocks):
            width = 64 << stage
            for block in range(count):
                stride = 2 if stage and not block else 1
                branch = ops.relu(layers.conv(stream, width, 1))
                branch = ops.relu(layers.conv(branch, width, 3, stride))
                branch = layers.conv(branch, 4 * width, 1, scale=scale)
                if not block:
                    stream = layers.conv(stream, 4 * width, 1, stride, scale=0.7)
                stream = ops.relu(ops.add(stream, branch))
        return {"logits": layers.dense(stream, 1000)}

    return build


def _densenet(layers: Layers, image: Node) -> dict[str, Node]:
    """DenseNet-201. Source: Huang et al., 2017."""
    stream = max_pool(ops.relu(layers.conv(image, 64, 7, 2)), 3, 2, 1)
    for stage, count in enumerate((6, 12, 48, 32)):
        for _ in range(count):
            # The batch norm behind the first convolution of a layer is folded into it.
            narrow = ops.relu(layers.conv(layers.norm_relu(stream), 128, 1))
            stream = concat([stream, layers.conv(narrow, 32, 3, norm=0)])
        if stage < 3:
            half = stream.get_output_shape(0)[1] // 2
            stream = average_pool(layers.conv(layers.norm_relu(stream), half, 1, norm=0), 2, 2)
    return {"logits": layers.dense(layers.norm_relu(stream), 1000)}


def _mobilenet(layers: Layers, image: Node) -> dict[str, Node]:
    """MobileNet v1, width 1. Source: Howard et al., 2017."""
    stream = ops.clamp(layers.conv(image, 32, 3, 2), 0, 6)
    widths = (64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024)
    for number, width in enumerate(widths):
        stride = 2 if number in (1, 3, 5, 11) else 1
        stream = ops.clamp(layers.depthwise(stream, stride), 0, 6)
        stream = ops.clamp(layers.conv(stream, width, 1), 0, 6)
    return {"logits": layers.dense(stream, 1000)}


def ssd300(classes: int) -> Callable[[Layers, Node], dict[str, Node]]:
    """SSD300 on VGG-16. Source: Liu et al., 2016.

    Args:
        classes: with the background: 21 for VOC, 91 for torchvision's COCO weights.
    """

    def build(layers: Layers, image: Node) -> dict[str, Node]:
        def relu(node: Node, outputs: int, kernel: int, stride: int = 1, **more: int) -> Node:
            return ops.relu(layers.conv(node, outputs, kernel, stride, **more))

        stream, maps = image, []
        for stage, (width, count) in enumerate(((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))):
            for _ in range(count):
                stream = relu(stream, width, 3)
            if stage == 3:
                maps.append(layers.l2_norm(stream))
            if stage < 4:
                stream = max_pool(stream, 2, 2, ceil=True)
        stream = relu(max_pool(stream, 3, 1, 1), 1024, 3, pad=6, dilation=6)
        stream = relu(stream, 1024, 1)
        maps.append(stream)
        for narrow, wide, stride in ((256, 512, 2), (128, 256, 2), (128, 256, 1), (128, 256, 1)):
            pad = 1 if stride == 2 else 0
            stream = relu(relu(stream, narrow, 1), wide, 3, stride, pad=pad)
            maps.append(stream)
        boxes: list[Node] = []
        scores: list[Node] = []
        for source, priors in zip(maps, (4, 6, 6, 6, 4, 4), strict=True):
            for parts, numbers in ((boxes, 4), (scores, classes)):
                made = layers.conv(source, priors * numbers, 3)
                turned = ops.transpose(made, np.array([0, 2, 3, 1]))
                flat = ops.reshape(turned, np.array([0, -1, numbers]), special_zero=True)
                parts.append(flat)
        return {"boxes": ops.concat(boxes, 1), "scores": ops.softmax(ops.concat(scores, 1), 2)}

    return build


TOPOLOGIES = {
    "inception_v1": Topology(224, inception_v1, 1, 6_998_552, 1.58),
    "inception_v3": Topology(299, inception_v3, 2, 23_834_568, 5.71),
    "inception_v4": Topology(299, inception_v4, 2, 42_679_816, 12.28),
    "resnet50": Topology(224, _residual((3, 4, 6, 3)), 2, 25_557_032, 4.09),
    "resnet101": Topology(224, _residual((3, 4, 23, 3)), 2, 44_549_160, 7.80),
    "densenet201": Topology(224, _densenet, 2, 20_013_928, 4.29),
    "mobilenet_v1": Topology(224, _mobilenet, 2, 4_231_976, 0.569),
    "ssd300_vgg16": Topology(300, ssd300(21), 1, 26_285_486, 31.4),
}
"""With the published parameter counts: Caffe's GoogLeNet, torchvision, timm, Keras (trainable),
and the SSD300 of `amdegroot/ssd.pytorch` for VOC with its normalization."""
