"""Train the sample detector, an SSD on a small depthwise separable trunk, and write it as IR.

Run: `python configs/models/train_shapes_ssd.py` (needs the extra `train`; a few minutes on one
core). It writes `shapes_ssd.xml` and `.bin`, which are committed. The images it trains on are
rendered by `datasets/shapes/make.py` with another seed than the committed ones.

The IR ends as detectors of the Open Model Zoo do: PriorBoxClustered and PriorBox compute the
anchors, DetectionOutput decodes and suppresses: `[1, 1, 50, 7]`.
"""

import argparse
import sys
import tempfile
from io import BytesIO
from pathlib import Path

import numpy as np
import openvino as ov
import torch
from numpy.typing import NDArray
from openvino import opset8 as ops
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parent.parent / "datasets" / "shapes"))
import make  # noqa: E402 - found through the line above

SIDE = make.SIDE
CLASSES = 1 + len(make.CLASSES)
"""With the background, which is 0."""
SMALL = ((14.0, 14.0), (20.0, 20.0), (28.0, 28.0), (20.0, 28.0), (28.0, 20.0))
"""Anchors of the finer map, width and height in pixels."""
LARGE = {"min_size": [36.0], "max_size": [50.0], "aspect_ratio": [1.5], "flip": True}
"""Anchors of the coarser map, as PriorBox wants them: two squares, 36 and sqrt(36 * 50) wide, and
3 : 2 and 2 : 3 of the area of the first."""
LARGE_COUNT = 4
VARIANCE = (0.1, 0.1, 0.2, 0.2)
TRAINING_IMAGES = 1500
EPOCHS = 25
BATCH = 32
PEAK_RATE = 0.006


def _unit(inputs: int, outputs: int, stride: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(inputs, inputs, 3, stride, 1, groups=inputs, bias=False),
        nn.BatchNorm2d(inputs),
        nn.ReLU6(),
        nn.Conv2d(inputs, outputs, 1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU6(),
    )


class ShapesSsd(nn.Module):
    """[N, 3, 96, 96] float32, -1-1, to offsets [N, P * 4] and class logits [N, P, classes]."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU6()
        )
        self.fine = nn.Sequential(
            _unit(16, 32, 2), _unit(32, 32, 1), _unit(32, 64, 2), _unit(64, 64, 1)
        )
        self.coarse = nn.Sequential(_unit(64, 96, 2), _unit(96, 96, 1))
        counts = {"fine": (64, len(SMALL)), "coarse": (96, LARGE_COUNT)}
        self.places = nn.ModuleDict(
            {name: nn.Conv2d(width, count * 4, 3, 1, 1) for name, (width, count) in counts.items()}
        )
        self.classes = nn.ModuleDict(
            {
                name: nn.Conv2d(width, count * CLASSES, 3, 1, 1)
                for name, (width, count) in counts.items()
            }
        )

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Offsets and logits, the finer map first."""
        fine = self.fine(self.stem(image))
        maps = {"fine": fine, "coarse": self.coarse(fine)}

        def flat(heads: nn.ModuleDict, values: int) -> Tensor:
            rows = [heads[name](part).permute(0, 2, 3, 1).flatten(1) for name, part in maps.items()]
            return torch.cat(rows, 1).unflatten(1, (-1, values))

        return flat(self.places, 4).flatten(1), flat(self.classes, CLASSES)


def anchors() -> ov.Node:
    """[1, 2, P * 4]: the anchors' corners, 0-1, and their variances, for DetectionOutput."""
    image = ops.constant(np.array([SIDE, SIDE], np.int64))

    def size(stride: int) -> ov.Node:
        return ops.constant(np.array([SIDE // stride] * 2, np.int64))

    common = {"clip": False, "offset": 0.5, "variance": list(VARIANCE)}
    clustered = {
        "width": [width for width, _ in SMALL],
        "height": [height for _, height in SMALL],
        "step": 8.0,
    }
    fine = ops.prior_box_clustered(size(8), image, {**common, **clustered})
    coarse = ops.prior_box(size(16), image, {**common, **LARGE, "step": 16.0})
    return ops.unsqueeze(ops.concat([fine, coarse], 1), ops.constant(np.int64(0)))


def anchor_values() -> Tensor:
    """[P, 4] the anchors' corners, 0-1: what OpenVINO makes of `anchors`."""
    compiled = ov.compile_model(ov.Model([anchors()], []), "CPU")
    return torch.from_numpy(compiled([])[0][0, 0].reshape(-1, 4).copy())


def to_input(image: Image.Image) -> NDArray[np.float32]:
    """[3, 96, 96] float32, -1-1."""
    return (np.asarray(image, np.float32) / 127.5 - 1).transpose(2, 0, 1)


def rendered(count: int, seed: int) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
    """Images [N, 3, 96, 96], and for each its boxes [K, 4], 0-1, and labels [K]."""
    rng = np.random.default_rng(seed)
    images, truths = [], []
    while len(images) < count:
        image, shapes = make.render(rng)
        if shapes:
            images.append(to_input(Image.open(BytesIO(make.compressed(image)))))
            boxes = torch.tensor([shape.box for shape in shapes], dtype=torch.float32) / SIDE
            labels = torch.tensor([1 + make.CLASSES.index(shape.kind) for shape in shapes])
            truths.append((boxes, labels))
    return torch.from_numpy(np.stack(images)), truths


def overlaps(first: Tensor, second: Tensor) -> Tensor:
    """IoU [A, B] of corner boxes [A, 4] and [B, 4]."""
    low = torch.maximum(first[:, None, :2], second[None, :, :2])
    high = torch.minimum(first[:, None, 2:], second[None, :, 2:])
    shared = (high - low).clamp(min=0).prod(2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(1) for boxes in (first, second)]
    return shared / (areas[0][:, None] + areas[1][None] - shared)


def matched(boxes: Tensor, labels: Tensor, priors: Tensor) -> tuple[Tensor, Tensor]:
    """Offsets [P, 4] and labels [P] that the anchors should give (Liu et al., SSD, 2016)."""
    iou = overlaps(boxes, priors)
    best, owner = iou.max(0)
    # Every object has its best anchor, however small the overlap.
    chosen = iou.argmax(1)
    best[chosen] = 1.0
    owner[chosen] = torch.arange(len(boxes))
    wanted = torch.where(best >= 0.5, labels[owner], 0)
    target, size = boxes[owner], priors[:, 2:] - priors[:, :2]
    shift = (target[:, :2] + target[:, 2:] - priors[:, :2] - priors[:, 2:]) / 2 / size
    growth = ((target[:, 2:] - target[:, :2]) / size).log()
    return torch.cat([shift, growth], 1) / torch.tensor(VARIANCE), wanted


def loss_of(offsets: Tensor, logits: Tensor, places: Tensor, labels: Tensor) -> Tensor:
    """Smooth L1 on matched anchors, cross entropy on them and three times as many hard others."""
    found = labels > 0
    place = functional.smooth_l1_loss(
        offsets.view_as(places)[found], places[found], reduction="sum"
    )
    entropy = functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none")
    entropy = entropy.view_as(labels)
    rank = entropy.detach().masked_fill(found, -1).argsort(1, descending=True).argsort(1)
    hard = rank < 3 * found.sum(1, keepdim=True)
    return (place + entropy[found | hard].sum()) / found.sum()


def train(seed: int) -> nn.Module:
    """The trained network, ready for inference."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    images, truths = rendered(TRAINING_IMAGES, seed)
    priors = anchor_values()
    pairs = [matched(boxes, labels, priors) for boxes, labels in truths]
    places, labels = (torch.stack(part) for part in zip(*pairs, strict=True))
    network = ShapesSsd()
    optimizer = torch.optim.AdamW(network.parameters(), PEAK_RATE, weight_decay=1e-3)
    steps = EPOCHS * -(-len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK_RATE, total_steps=steps)
    for epoch in range(EPOCHS):
        total = 0.0
        for rows in torch.randperm(len(images), generator=generator).split(BATCH):
            loss = loss_of(*network(images[rows]), places[rows], labels[rows])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 10.0)
            optimizer.step()
            schedule.step()
            total += loss.item() * len(rows) / len(images)
        print(f"epoch {epoch + 1} of {EPOCHS}: loss {total:.3f}")
    return network.eval()


def detector(network: nn.Module) -> ov.Model:
    """The network as OpenVINO model with anchors, decoding and suppression inside."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trunk.onnx"
        scored = nn.Sequential(network)
        torch.onnx.export(
            scored,
            (torch.zeros(1, 3, SIDE, SIDE),),
            str(path),
            input_names=["image"],
            output_names=["offsets", "logits"],
            dynamo=False,  # the newer exporter needs a package more
        )
        trunk = ov.convert_model(path)
    offsets, logits = (result.input_value(0) for result in trunk.get_results())
    scores = ops.reshape(ops.softmax(logits, 2), np.array([1, -1], np.int64), special_zero=False)
    attributes = {
        "background_label_id": 0,
        "top_k": 100,
        "keep_top_k": [50],
        "code_type": "caffe.PriorBoxParameter.CENTER_SIZE",
        "share_location": True,
        "nms_threshold": 0.45,
        "confidence_threshold": 0.01,
        "variance_encoded_in_target": False,
        "normalized": True,
    }
    found = ops.detection_output(offsets, scores, anchors(), attributes, name="detections")
    found.output(0).set_names({"detections"})
    return ov.Model([ops.result(found)], trunk.get_parameters(), "shapes_ssd")


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=FOLDER / "shapes_ssd.xml")
    options = parser.parse_args()
    # One thread adds in one order, so that the seed fixes the result.
    torch.set_num_threads(1)
    ov.save_model(detector(train(options.seed)), options.output, compress_to_fp16=False)
    print(options.output)


if __name__ == "__main__":
    main()
