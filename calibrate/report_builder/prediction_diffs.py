"""Build the report's section on images where the result's predictions differ from FP32's."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import openvino as ov

from calibrate.config.resolved import Resolved
from calibrate.context.cache_keys import digest_of
from calibrate.context.run_context import RunContext
from calibrate.context.thumbnail import SMALL, overlay_png
from calibrate.context.thumbnails import thumbnails
from calibrate.core.component import Outputs
from calibrate.core.costs import Costs, Spent
from calibrate.core.observation import Observation
from calibrate.core.predictions.base import Difference as PredictionDifference
from calibrate.core.predictions.base import Prediction
from calibrate.core.sample import Geometry
from calibrate.core.stage import Stage
from calibrate.core.subset_sizes import DIFFERENCE_IMAGES
from calibrate.core.tensors import Tensors
from calibrate.core.variables import without_values
from calibrate.report.changes_section import Difference, DrawnBox
from calibrate.runtime.inference import THROUGHPUT, Network
from calibrate.runtime.inference_precision import deployed_type, with_precision
from calibrate.store.base import Content

Row = tuple[int, float, str, Sequence[Mapping[str, Any]], str]
"""Index of a sample, amount, text, boxes to draw, and a PNG to lay over the image."""

_LARGE = 320
"""Pixels of the longer side of an image that boxes are drawn on."""


def prediction_diffs(
    context: RunContext, model: ov.Model, observation: Observation
) -> tuple[Difference, ...]:
    """Run FP32 and the result again on the images that diverge most, and describe differences.

    For tasks with one class an image the observations already show the changes, so nothing is
    run and the result is empty; so it is for FP32 itself.

    Args:
        context: FP32 model, samples and decoder.
        model: the result.
        observation: observation of the result on all samples that were observed.
    """
    if observation.answers or not observation.divergence:
        return ()
    everything = [index for index in context.data.everything if index in observation.divergence]
    worst = sorted(everything, key=lambda index: -observation.divergence[index])[:DIFFERENCE_IMAGES]
    names = context.resolved.adapter.label_names()
    images, costs = context.data.tensors, context.costs
    samples_key = digest_of([*map(str, worst), "names", *names])

    def compare() -> Content:
        pairs = compared(context.resolved, (context.baseline.model, model), images, worst, costs)
        geometries = {index: images.facts[index].geometry for index in worst}
        return {
            "rows": [
                [
                    index,
                    difference.amount,
                    difference.text,
                    [asdict(box) for box in difference.boxes],
                    _overlay(difference, geometries[index]),
                ]
                for index, difference in pairs
            ]
        }

    with context.costs.stage(Stage.DIFFERENCES):
        context.progress.stage("Comparing predictions", len(worst))
        depends = {
            "result": context.store.digest(model),
            "samples": samples_key,
            "judged by": context.store.judge,
        }
        rows = context.store.get_or_compute("drawn differences", depends, compare)["rows"]
    return _facts(context, rows)


def comparison_cost(images: int) -> Spent:
    """Return the compilations and inferences of `prediction_diffs`.

    Args:
        images: number of images of the dataset.
    """
    return Spent.evaluations(2, min(DIFFERENCE_IMAGES, images))


def compared(
    resolved: Resolved,
    models: tuple[ov.Model, ov.Model],
    tensors: Tensors,
    indices: Sequence[int],
    costs: Costs,
) -> list[tuple[int, PredictionDifference]]:
    """Run FP32 and another model, and describe where their predictions differ.

    Args:
        resolved: decoder and class names.
        models: FP32 as trained, and the other, which runs at its deployed precision.
        tensors: all samples.
        indices: indices of the samples to compare.
        costs: the ledger.
    """
    deployed = deployed_type(resolved.config.deployment.inference_precision)
    networks = (
        Network(models[0], costs),
        Network(models[1], costs, with_precision(THROUGHPUT, deployed)),
    )
    before, after = (_predictions(resolved, network, tensors, indices) for network in networks)
    names = resolved.adapter.label_names()
    differences = [(index, before[index].difference(after[index], names)) for index in indices]
    return [(index, difference) for index, difference in differences if difference is not None]


def _predictions(
    resolved: Resolved,
    network: Network,
    tensors: Tensors,
    indices: Sequence[int],
) -> dict[int, Prediction]:
    predictions = {}

    def sink(index: int, outputs: Outputs) -> None:
        predictions[index] = resolved.decoder.predict(outputs, tensors.facts[index])

    network.run(tensors, indices, sink)
    return predictions


def _facts(context: RunContext, rows: Sequence[Row]) -> tuple[Difference, ...]:
    ordered = sorted(rows, key=lambda row: -row[1])
    facts_by_index = {row[0]: context.data.tensors.facts[row[0]] for row in ordered}
    side = _LARGE if any(row[3] or row[4] for row in ordered) else SMALL
    pictures = thumbnails(context.reader, [facts.id for facts in facts_by_index.values()], side)
    return tuple(
        Difference(
            sample=facts_by_index[index].id,
            source=without_values(facts_by_index[index].source),
            summary=text,
            amount=amount,
            images=context.data.side(index),
            thumbnail=pictures.get(facts_by_index[index].id, ""),
            boxes=tuple(_relative(box, facts_by_index[index].geometry) for box in boxes),
            overlay=overlay,
        )
        for index, amount, text, boxes, overlay in ordered
    )


def _overlay(difference: PredictionDifference, geometry: Geometry | None) -> str:
    """Return a PNG to lay over the image; empty for predictions without masks of images."""
    if difference.overlay is None or geometry is None:
        return ""
    return overlay_png(difference.overlay, geometry, _LARGE)


def _relative(box: Mapping[str, Any], geometry: Geometry | None) -> DrawnBox:
    """Return the box in fractions of the image's sides."""
    width, height = (
        (geometry.source_width, geometry.source_height) if geometry is not None else (1, 1)
    )
    x0, y0, x1, y1 = box["corners"]
    corners = (x0 / width, y0 / height, x1 / width, y1 / height)
    keypoints = tuple((x / width, y / height) for x, y in box["keypoints"])
    return DrawnBox(corners=corners, change=box["change"], text=box["text"], keypoints=keypoints)
