"""Common parts of NNCF calls: algorithms from settings, and translated errors."""

import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import nncf
import openvino as ov
import rich
from nncf.common.graph import NNCFGraph
from nncf.quantization.algorithms.algorithm import Algorithm
from nncf.quantization.algorithms.post_training.pipeline import create_ptq_pipeline

from calibrate.config.quantization import Quantization
from calibrate.core.resource_errors import resource_error
from calibrate.errors import CalibrateError
from calibrate.models.openvino_errors import error_reason
from calibrate.quantization.nncf_parameters import advanced_parameters

_DEEPEST = 50_000
"""Recursion limit during NNCF calls."""


@contextmanager
def translate_nncf_errors() -> Iterator[None]:
    """Translate NNCF's exceptions to `CalibrateError`."""
    try:
        yield
    except (nncf.ValidationError, nncf.ParameterNotSupportedError) as error:
        raise CalibrateError(
            f"NNCF refuses the settings: {error_reason(error)}",
            where="quantization",
            hint="`calibrate inspect MODEL --operations` lists names and types",
        ) from error
    except (LookupError, TypeError, ValueError) as error:
        # NNCF does not validate every combination of its parameters.
        raise CalibrateError(
            f"NNCF fails with these settings: {type(error).__name__}: {error_reason(error)}",
            where="quantization",
            hint="leave out range estimators and further parameters until it passes",
        ) from error
    except (RuntimeError, nncf.InternalError, nncf.UnsupportedModelError) as error:
        raise resource_error(error) or CalibrateError(
            f"NNCF cannot quantize this model: {error_reason(error)}",
            hint="leave the operation it names out with quantization.ignored_scope",
        ) from error


def steps(
    settings: Quantization, scope: nncf.IgnoredScope, subset_size: int
) -> list[list[Algorithm]]:
    """Return the algorithms of `nncf.quantize`; the last step begins with quantizer placement."""
    pipeline = create_ptq_pipeline(
        preset=nncf.QuantizationPreset(settings.preset) if settings.preset else None,
        target_device=nncf.TargetDevice(settings.target_device),
        subset_size=subset_size,
        fast_bias_correction=settings.fast_bias_correction is not False,
        model_type=nncf.ModelType(settings.model_type) if settings.model_type else None,
        ignored_scope=scope,
        advanced_parameters=advanced_parameters(settings),
    )
    algorithms: list[list[Algorithm]] = pipeline.pipeline_steps
    return algorithms


def share_quantizer_setup(algorithms: Sequence[Algorithm]) -> None:
    """Make algorithms with the same quantizer placement compute it once.

    Matching NNCF's patterns against the graph takes as long as inferring tens of images.

    Args:
        algorithms: placing quantizers in the same model, with settings that differ in the ranges
            only; the first one is used first.
    """
    find_setup = algorithms[0].find_quantization_setup
    setups: list[object] = []

    def find_once(model: ov.Model, graph: NNCFGraph) -> object:
        if not setups:
            setups.append(find_setup(model, graph))
        return setups[0]

    for algorithm in algorithms:
        algorithm.find_quantization_setup = find_once


@contextmanager
def silence_nncf() -> Iterator[None]:
    """Keep NNCF's log lines and progress bars off the terminal.

    NNCF traverses graphs recursively, with several frames per operation, so the recursion limit is
    raised for deep networks.
    """
    console = rich.get_console()
    was_quiet, logger = console.quiet, logging.getLogger("nncf")
    level = logger.level
    depth = sys.getrecursionlimit()
    console.quiet = True
    sys.setrecursionlimit(max(depth, _DEEPEST))
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        sys.setrecursionlimit(depth)
        console.quiet = was_quiet
        logger.setLevel(level)
