"""The first variant of a run: NNCF's defaults and the config's settings, before any recipe."""

import numpy as np
from numpy.typing import NDArray

from calibrate.config.quantization import Quantization
from calibrate.core.precision import FP32, INT8, Candidate
from calibrate.core.stage import Stage
from calibrate.core.subset_sizes import RECIPE_IMAGES
from calibrate.quantization.float_groups import with_reduced_float
from calibrate.quantization.groups import with_weights
from calibrate.quantization.transformers import for_transformers
from calibrate.runtime.profiling import executed_nodes
from calibrate.search.compressed_variants import compressed_models, scaled_precisions
from calibrate.search.sensitivity import clearly_less
from calibrate.search.variant_store import VariantStore


def quantize_plain(store: VariantStore) -> Candidate:
    """Quantize with NNCF's defaults and the config's settings, every group in INT8.

    Without INT8 in the config, every group is at the first of its precisions.

    Raises:
        CalibrateError: NNCF refuses the settings or the model.
    """
    context = store.context
    with context.costs.stage(Stage.CALIBRATION):
        context.progress.stage("Calibrating")
        settings, baseline = context.config.quantization, context.baseline
        if INT8 in settings.precision_values:
            store.quantize_int8(settings)
            fitting = for_transformers(settings, baseline.model)
            if fitting is not settings and not store.expired():
                _choose_model_type(store, settings, fitting)
        compressed = compressed_models(store.context)
        if compressed:
            store.models |= compressed
            scaled = scaled_precisions(settings, baseline.compute_type)
            store.groups = with_weights(store.groups, baseline.model, compressed, scaled)
        _offer_reduced_float(store)
    return store.plain


def observe_plain(store: VariantStore) -> None:
    """Observe plain INT8 on every image, for the first trial and the report.

    If floating point is deployed as BF16 or FP16, observe the model without quantization too.
    """
    context = store.context
    with context.costs.stage(Stage.INT8):
        everything = context.data.everything
        context.progress.stage("Measuring INT8", len(everything))
        store.evaluator.observe(store.plain, everything)
        if store.reduced is not None:
            title = context.baseline.deployed.title
            context.progress.stage(f"Measuring {title}", len(everything))
            store.evaluator.observe(store.reduced, everything)


def _offer_reduced_float(store: VariantStore) -> None:
    """Offer BF16 or FP16 to every group, if floating point is deployed at it."""
    costs, baseline = store.context.costs, store.context.baseline
    if baseline.deployed != FP32:
        nodes = executed_nodes(baseline.model, costs, baseline.compute_type)
        store.groups = with_reduced_float(store.groups, baseline.deployed, nodes)


def _choose_model_type(store: VariantStore, settings: Quantization, fitting: Quantization) -> None:
    """Use the settings for transformers if outputs diverge clearly less with them.

    Compared on a few search images, without labels. These settings quantize fewer operations,
    so the usual ones are preferred without a clear difference.
    """
    usual = _divergences(store)
    store.quantize_int8(fitting)
    divergences = _divergences(store)
    means = f"{divergences.mean():.3g} with it, {usual.mean():.3g} without"
    if clearly_less(divergences, usual):
        store.model_type_reason = (
            f"`model_type: transformer` is used: the model has attention, and plain INT8 "
            f"diverges clearly less ({means})"
        )
        store.context.progress.note(f"{store.model_type_reason}.")
    else:
        store.model_type_reason = (
            "`model_type: transformer` is not used: the model has attention, and plain INT8 "
            f"does not diverge clearly less ({means})"
        )
        store.quantize_int8(settings)


def _divergences(store: VariantStore) -> NDArray[np.float64]:
    """Measure plain INT8's divergence from FP32 on the first search images in random order."""
    data, seed = store.context.data, store.context.seed
    order = data.in_random_order(data.search, seed)[:RECIPE_IMAGES]
    evaluator = store.group_evaluator()
    try:
        return evaluator.observe(store.plain, order).divergences(order)
    finally:
        evaluator.close()
