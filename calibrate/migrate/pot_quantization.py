"""Convert POT's `compression` to our `quantization`, `budget` and `search`."""

from collections.abc import Mapping, Sequence
from typing import Any

from calibrate.migrate.draft import Draft, Part
from calibrate.migrate.keys import Keys
from calibrate.migrate.values import number

ALGORITHMS = ("DefaultQuantization", "AccuracyAwareQuantization", "MinMaxQuantization")

_STEPS: Mapping[str, Part] = {
    "FastBiasCorrection": {"fast_bias_correction": True},
    "BiasCorrection": {"fast_bias_correction": False},
    "ActivationChannelAlignment": {"disable_channel_alignment": False},
}
"""Algorithms of a POT pipeline that are quantization parameters in calibrate."""

_SAVED = "calibrate writes and resumes results differently"
_SEARCHED = "calibrate searches layers differently"
_SEARCH = {"ranking_subset_size": "ranking_subset_size", "max_iter_num": "max_num_iterations"}
_FIXES = {"no": "disable", "first_layer": "first_layer_only", "all": "enable"}
_PRESETS = {"performance": "performance", "mixed": "mixed", "accuracy": "mixed"}
_STATISTICS = ("max", "min", "abs_max", "quantile", "abs_quantile", "mean")
_AGGREGATORS = ("mean", "max", "min", "median", "mean_no_outliers", "median_no_outliers")


def read_compression(draft: Draft, compression: Keys) -> Keys | None:
    """Fill the sections of a draft from POT's compression.

    Returns:
        The parameters of the algorithm, where the caller reads `metrics` and those of a run without
        labels; None where calibrate has none of the algorithms.
    """
    part = _device(compression)
    _model_type(part, compression)
    for key in ("inplace_statistics", "inplase_statistics"):
        if key in compression:
            part["inplace_statistics"] = bool(compression.get(key))
    compression.no_meaning(_SAVED, "dump_intermediate_model")
    algorithm = _algorithm(compression)
    compression.finish("POT's compression has no counterpart of it here")
    if algorithm is None:
        return None
    parameters = algorithm.section("params")
    aware = str(algorithm.get("name")) == "AccuracyAwareQuantization"
    algorithm.finish()
    part |= _of_pipeline(compression)
    part |= _device(parameters)
    _model_type(part, parameters)
    part |= _quantization(parameters)
    draft.others = {
        "quantization": part,
        "budget": _budget(parameters, aware=aware),
        "search": _search(parameters),
    }
    return parameters


def _algorithm(compression: Keys) -> Keys | None:
    quantization: Keys | None = None
    for algorithm in compression.entries("algorithms"):
        name = str(algorithm.get("name", ""))
        if name in _STEPS:
            continue
        if name in ALGORITHMS and quantization is None:
            quantization = algorithm
        else:
            why = "one quantization is done here" if name in ALGORITHMS else "not done here"
            compression.notes.add("lost", algorithm.at("name"), why, name)
    return quantization


def _of_pipeline(compression: Keys) -> Part:
    """Return parameters set by further algorithms: bias correction, channel alignment."""
    part: Part = {}
    for algorithm in compression.entries("algorithms"):
        name = str(algorithm.get("name", ""))
        if name not in _STEPS:
            continue
        part |= _STEPS[name]
        parameters = algorithm.section("params")
        parameters.no_meaning(
            "the sample count of the quantization applies to all", "stat_subset_size"
        )
        parameters.no_meaning(_SEARCHED, "preset", "target_device", "model_type")
        parameters.finish(f"{name} has no such parameter here")
        algorithm.finish()
    names = {str(algorithm.get("name", "")) for algorithm in compression.entries("algorithms")}
    if "MinMaxQuantization" in names and not names & {"FastBiasCorrection", "BiasCorrection"}:
        part["disable_bias_correction"] = True
    return part


def _smooth_quant(keys: Keys) -> Part:
    alphas = keys.section("smooth_quant_alphas")
    part: Part = {}
    for theirs, ours in (("convolution", "convolution"), ("matmul", "matmul")):
        if (alpha := number(alphas.get(theirs))) is not None:
            part[ours] = alpha
    alphas.finish("alphas are of convolutions and matrix products")
    if (alpha := number(keys.get("smooth_quant_alpha"))) is not None:
        part.setdefault("matmul", alpha)
    return {"smooth_quant_alphas": part} if part else {}


def _device(keys: Keys) -> Part:
    device = keys.get("target_device")
    if device is None:
        return {}
    if device in ("ANY", "CPU"):
        return {"target_device": device}
    keys.notes.add("lost", keys.at("target_device"), "the result is made for the CPU", device)
    return {}


def _model_type(part: Part, keys: Keys) -> None:
    kind = str(keys.get("model_type", "None")).lower()
    if kind == "transformer":
        part["model_type"] = "transformer"
    elif kind not in ("none", ""):
        keys.notes.add("lost", keys.at("model_type"), "there is no such model type", kind)


def _budget(keys: Keys, *, aware: bool) -> Part:
    part: Part = {}
    if aware:
        part["max_drop"] = keys.get("maximal_drop", 0.01)
        if (kind := keys.get("drop_type")) is not None:
            part["drop_type"] = kind
    else:
        keys.lost("maximal_drop", "DefaultQuantization has no budget: write budget.max_drop")
        keys.lost("drop_type", "DefaultQuantization has no budget: write budget.drop_type")
        keys.notes.add("added", "budget.max_drop", "it had no budget; this is the default", 0.01)
        part["max_drop"] = 0.01
    return part


def _search(keys: Keys) -> Part:
    part: Part = {}
    for theirs, ours in _SEARCH.items():
        if (value := keys.get(theirs)) is not None:
            part[ours] = value
    if keys.get("tune_hyperparams", False):
        part["recipes"] = "thorough"
    if (minutes := number(keys.get("max_minutes"))) is not None:
        part["timeout"] = 60 * minutes
    keys.no_meaning(_SEARCHED, "use_prev_if_drop_increase", "base_algorithm", "metric_subset_ratio")
    if keys.get("convert_to_mixed_preset", False):
        keys.notes.add(
            "no_meaning",
            keys.at("convert_to_mixed_preset"),
            "search.recipes tries the mixed preset where it is needed",
        )
    return part


def _quantization(keys: Keys) -> Part:
    part: Part = {}
    preset = None if "preset" not in keys else str(keys.get("preset"))
    if preset in _PRESETS:
        part["preset"] = _PRESETS[preset]
    elif preset is not None:
        keys.notes.add("lost", keys.at("preset"), "there is no such preset", preset)
    if (size := keys.get("stat_subset_size")) is not None:
        part["subset_size"] = size
    if (fast := keys.get("use_fast_bias")) is not None:
        part["fast_bias_correction"] = bool(fast)
    fix = None if "saturation_fix" not in keys else str(keys.get("saturation_fix"))
    if fix in _FIXES:
        part["overflow_fix"] = _FIXES[fix]
    elif fix is not None:
        keys.notes.add("lost", keys.at("saturation_fix"), "there is no such fix", fix)
    part |= _bias(keys)
    part |= _smooth_quant(keys)
    if scope := _ignored(keys.section("ignored")):
        part["ignored_scope"] = scope
    common = keys.section("range_estimator")
    for tensors in ("weights", "activations"):
        part |= _quantizer(keys.section(tensors), tensors)
    if "range_estimator" in keys and "activations_range_estimator_params" not in part:
        part |= _estimator(common, "activations")
    keys.no_meaning("images are drawn by dataset.subsample_seed", "shuffle_data", "seed")
    return part


def _bias(keys: Keys) -> Part:
    part: Part = {}
    if (value := keys.get("apply_for_all_nodes")) is not None:
        part["apply_for_all_nodes"] = bool(value)
    if (limit := number(keys.get("threshold"))) is not None:
        part["threshold"] = limit
    return {"bias_correction_params": part} if part else {}


def _ignored(keys: Keys) -> Part:
    part: Part = {}
    names = keys.get("scope", [])
    if not isinstance(names, list):
        keys.notes.add("lost", keys.at("scope"), "a list of names is expected", names)
    elif names:
        part["names"] = names
        keys.notes.add(
            "check",
            keys.at("scope"),
            "names are of the IR; `calibrate inspect MODEL --operations` lists them as read here",
            ", ".join(map(str, names)),
        )
    types = []
    for operation in keys.entries("operations"):
        kind = operation.get("type")
        operation.lost("attributes", "operations are selected by type: all of a type are ignored")
        operation.finish()
        types.append(kind)
    if types:
        part["types"] = types
    keys.finish()
    return part


def _quantizer(keys: Keys, tensors: str) -> Part:
    part: Part = {}
    if (bits := keys.get("bits")) is not None:
        part["num_bits"] = bits
    if (mode := keys.get("mode")) is not None:
        part["mode"] = mode
    if (granularity := keys.get("granularity")) is not None:
        part["per_channel"] = granularity == "perchannel"
    low, high = keys.get("level_low"), keys.get("level_high")
    if (low, high) in ((-127, 127), (-128, 127)):
        part["narrow_range"] = low == -127
    elif (low, high) == (0, 255):
        part["signedness_to_force"] = False
    elif low is not None or high is not None:
        keys.notes.add("lost", keys.at("level_low"), "no such levels here", f"{low} to {high}")
    written: Part = {f"{tensors}_quantization_params": part} if part else {}
    if "range_estimator" in keys:
        written |= _estimator(keys.section("range_estimator"), tensors)
    keys.finish()
    return written


def _estimator(keys: Keys, tensors: str) -> Part:
    part: Part = {}
    preset = keys.get("preset")
    if preset == "quantile":
        part = {end: {"statistics_type": "quantile"} for end in ("min", "max")}
    elif preset not in (None, "default"):
        keys.notes.add("lost", keys.at("preset"), "there is no such estimator", preset)
    for end in ("min", "max"):
        if end in keys:
            part[end] = _collector(keys.section(end))
    keys.finish()
    return {f"{tensors}_range_estimator_params": part} if part else {}


def _collector(keys: Keys) -> dict[str, Any]:
    part: Part = {}
    for theirs, ours, known in (
        ("type", "statistics_type", _STATISTICS),
        ("aggregator", "aggregator_type", _AGGREGATORS),
    ):
        value = keys.get(theirs)
        if value in known:
            part[ours] = value
        elif value is not None:
            keys.notes.add("lost", keys.at(theirs), f"known: {_list(known)}", value)
    if (limit := keys.get("clipping_value")) is not None:
        part["clipping_value"] = limit
    if (share := keys.get("outlier_prob")) is not None:
        part["quantile_outlier_prob"] = share
    keys.finish()
    return part


def _list(words: Sequence[str]) -> str:
    return ", ".join(words)
