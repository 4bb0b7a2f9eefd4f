"""NNCF's weight compression: integer weights with a decompression in front of each layer.

The layer itself computes in floating point; the CPU plugin decompresses the weights of matrix
products during inference, and those of convolutions once, when it compiles the model.
"""

from collections.abc import Iterable, Sequence

import nncf
import openvino as ov
from nncf.quantization.advanced_parameters import (
    AdvancedCompressionParameters,
    GroupSizeFallbackMode,
)

from calibrate.config.quantization import IgnoredScope
from calibrate.config.weight_compression import WeightCompression
from calibrate.errors import CalibrateError
from calibrate.models.bodies import all_operations
from calibrate.models.names import operations_of
from calibrate.models.openvino_errors import error_reason
from calibrate.quantization.nncf_backend import silence_nncf
from calibrate.quantization.nncf_parameters import nncf_scope
from calibrate.quantization.ptq import Feed

RUNTIME_OPTIONS = "runtime_options"
"""Key of `rt_info`: plugin properties that apply where the caller sets none."""

GROUP_SIZE = "DYNAMIC_QUANTIZATION_GROUP_SIZE"
"""The plugin's property, also its name among the runtime options."""


def compress(
    model: ov.Model,
    feeds: Sequence[Feed],
    settings: WeightCompression,
    scope: IgnoredScope,
    *,
    where: str,
) -> ov.Model:
    """Compress all weights that NNCF's rules allow.

    Args:
        model: prepared FP32 model; left unchanged.
        feeds: calibration inputs, of which at most `settings.subset_size` are used.
        settings: of this compression.
        scope: the user's ignored scope; its operations keep their weights.
        where: position of these settings in the config, for messages.

    Raises:
        CalibrateError: NNCF refuses the settings or the model; its reason is chained.
    """
    ignored = nncf_scope(model, scope, ())
    given = settings.model_dump(exclude={"group_size_fallback_mode"}, exclude_none=True)
    given["mode"] = nncf.CompressWeightsMode(settings.mode)
    for name, kind in (
        ("backup_mode", nncf.BackupMode),
        ("sensitivity_metric", nncf.SensitivityMetric),
    ):
        if name in given:
            given[name] = kind(given[name])
    if settings.wants_images:
        given["dataset"] = nncf.Dataset([dict(feed) for feed in feeds[: settings.subset_size]])
    if settings.mode.startswith("int4"):
        given["advanced_parameters"] = AdvancedCompressionParameters(
            group_size_fallback_mode=GroupSizeFallbackMode(settings.group_size_fallback_mode)
        )
    with silence_nncf():
        try:
            compressed: ov.Model = nncf.compress_weights(
                model.clone(), ignored_scope=ignored, **given
            )
        except (
            nncf.InvalidGroupSizeError,
            nncf.ParameterNotSupportedError,
            nncf.ValidationError,
        ) as error:
            raise CalibrateError(
                f"NNCF refuses the settings: {error_reason(error)}", where
            ) from error
        except (LookupError, TypeError, ValueError, RuntimeError, nncf.InternalError) as error:
            raise CalibrateError(
                f"NNCF cannot compress the weights: {type(error).__name__}: {error_reason(error)}",
                where,
                hint="leave out methods that look at activations, or try another group_size",
            ) from error
    return compressed


def set_group_size(model: ov.Model, size: int) -> None:
    """Set, in place, how the plugin quantizes activations in front of compressed weights.

    The value is written into the IR. The plugin applies it when the model is compiled without
    the property, so that a user gets the measured behaviour.

    Args:
        model: with compressed weights.
        size: number of values that share a scale; 0 for floating point.
    """
    model.set_rt_info(str(size), [RUNTIME_OPTIONS, GROUP_SIZE])


def group_size_of(model: ov.Model) -> int | None:
    """Return the value set by `set_group_size`, or None."""
    if not model.has_rt_info([RUNTIME_OPTIONS, GROUP_SIZE]):
        return None
    return int(model.get_rt_info([RUNTIME_OPTIONS, GROUP_SIZE]).astype(str))


Ports = dict[str, tuple[int, ...]]
"""The inputs fed by compressed weights, by operation."""


def compressed_ports(reference: ov.Model, compressed: ov.Model) -> Ports:
    """Return the inputs with a decompression that the FP32 model lacks, in network order."""
    before = operations_of(reference)
    decompressed: Ports = {}
    for op in compressed.get_ordered_ops():
        name = op.get_friendly_name()
        known = before.get(name)
        if known is None or op.get_type_name() in _DECOMPRESSION:
            continue
        ports = tuple(
            port.get_index()
            for port in op.inputs()
            if is_compressed(port.get_source_output().get_node())
            and not is_compressed(known.input_value(port.get_index()).get_node())
        )
        if ports:
            decompressed[name] = ports
    return decompressed


def weight_bytes(model: ov.Model) -> dict[str, float]:
    """Return the stored bytes of the constants behind each operation's inputs.

    A constant that several operations share counts in full for the first of them.
    """
    counted: set[str] = set()
    sizes: dict[str, float] = {}
    for op in all_operations(model):
        if op.get_type_name() in (*_DECOMPRESSION, "Constant", "FakeQuantize"):
            continue
        total = 0.0
        for constant in _constants(value.get_node() for value in op.input_values()):
            # Not the friendly name, which is not necessarily unique among constants.
            if constant.get_name() in counted:
                continue
            counted.add(constant.get_name())
            total += constant.output(0).get_element_type().bitwidth * _elements(constant) / 8
        sizes[op.get_friendly_name()] = total
    return sizes


def is_compressed(node: ov.Node) -> bool:
    """Return whether a node ends a decompression: integers converted to floats."""
    kinds = {constant.output(0).get_element_type().to_string() for constant in _constants([node])}
    return (
        node.get_type_name() in _DECOMPRESSION
        and node.output(0).get_element_type().is_real()
        and _is_constant(node)
        and bool(kinds & _INTEGERS)
    )


_DECOMPRESSION = ("Convert", "Multiply", "Subtract", "Reshape", "Transpose")
_INTEGERS = {"i4", "u4", "i8", "u8"}


def _is_constant(node: ov.Node) -> bool:
    """Return whether a node depends only on constants through decompressions."""
    if node.get_type_name() == "Constant":
        return True
    return node.get_type_name() in _DECOMPRESSION and all(
        _is_constant(value.get_node()) for value in node.input_values()
    )


def _constants(nodes: Iterable[ov.Node]) -> list[ov.Node]:
    """Return the constants behind nodes, through decompressions and FakeQuantize only."""
    constants = []
    for node in nodes:
        if node.get_type_name() == "Constant":
            constants.append(node)
        elif _is_constant(node):
            constants += _constants(value.get_node() for value in node.input_values())
        elif node.get_type_name() == "FakeQuantize":
            constants += _constants([node.input_value(0).get_node()])
    return constants


def _elements(constant: ov.Node) -> int:
    count = 1
    for extent in constant.output(0).get_shape():
        count *= extent
    return count
