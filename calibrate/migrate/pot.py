"""Convert JSON configs of POT: a model, an engine that evaluates it, and its compression."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from typing import Any

from calibrate.migrate.accuracy_checker import Surroundings, model_drafts, named_apart
from calibrate.migrate.draft import Draft
from calibrate.migrate.keys import Keys
from calibrate.migrate.notes import Notes
from calibrate.migrate.pot_quantization import read_compression
from calibrate.migrate.values import number

ReadConfig = Callable[[str], Mapping[str, Any]]
"""The content of an Accuracy Checker config that a POT config names by path."""

_SPEED = "the machine determines how many images are processed at a time"
_INLINE = ("launchers", "datasets")


def drafts_of(
    content: Mapping[str, Any], around: Surroundings, read_config: ReadConfig
) -> tuple[list[Draft], Notes]:
    """Return the drafts of a POT config, one for each dataset.

    Args:
        content: of the JSON.
        around: what the Accuracy Checker is given besides its config.
        read_config: reads the config that `engine.config` names.
    """
    notes = Notes()
    top = Keys(content, "", notes)
    model, engine = top.section("model"), top.section("engine")
    path, name = _model(model)
    top.lost("optimizer", "parameters of quantization are searched by search.recipes")
    drafts = _engine(engine, name, around, read_config)
    compression = top.section("compression")
    top.finish()
    if path is not None and around.model is None:
        for draft in drafts:
            draft.model["path"] = _from(around.output, path)
            _without(draft.notes, "fill_in", ".model")
    for draft in drafts:
        draft.model["name"] = name
        parameters = read_compression(draft, compression.copy(draft.notes))
        if parameters is None:
            draft.notes.add("lost", "compression.algorithms", "no quantization among them")
            continue
        _set_metrics(draft, parameters)
        parameters.finish("no parameter of this kind here")
    return named_apart(drafts), notes


def _from(folder: Path | None, path: str) -> str:
    """Return a path relative to the written files instead of POT's working directory."""
    if folder is None or PurePath(path).is_absolute():
        return path
    return os.path.relpath(path, folder)


def _without(notes: Notes, kind: str, ending: str) -> None:
    notes.entries = [
        note for note in notes.entries if note.kind != kind or not note.where.endswith(ending)
    ]


def _model(keys: Keys) -> tuple[str | None, str]:
    path = keys.get("model")
    name = str(keys.get("model_name") or (PurePath(str(path)).stem if path else "model"))
    keys.lost("cascade", "one model is calibrated at a time")
    weights = keys.get("weights")
    if weights is not None and path is not None:
        if PurePath(str(weights)).stem == PurePath(str(path)).stem:
            keys.no_meaning("weights of an IR are the .bin of its name", "weights")
        else:
            keys.lost("weights", "the .bin has to have the model's name, in its folder")
    keys.no_meaning("results go to output.dir", "output_dir")
    keys.finish()
    return None if path is None else str(path), name


def _engine(keys: Keys, name: str, around: Surroundings, read_config: ReadConfig) -> list[Draft]:
    kind = str(keys.get("type", "accuracy_checker"))
    keys.no_meaning(_SPEED, "stat_requests_number", "eval_requests_number", "stat_batch_size")
    if kind == "simplified":
        drafts = [_simplified(keys, name, around)]
    elif kind != "accuracy_checker":
        keys.notes.add("lost", keys.at("type"), "quantization here needs images", kind)
        drafts = []
    elif "config" in keys:
        drafts = _named_config(keys, around, read_config)
    else:
        values = {key: keys.get(key) for key in ("name", *_INLINE) if key in keys}
        values["datasets"] = _datasets(keys, values.get("datasets"))
        drafts = model_drafts(Keys({"name": name, **values}, "engine", keys.notes), around)
    keys.finish("nothing of the engine here")
    return drafts


def _named_config(keys: Keys, around: Surroundings, read_config: ReadConfig) -> list[Draft]:
    content = Keys(read_config(str(keys.get("config"))), "engine.config", keys.notes)
    keys.no_meaning("the named config contains it", *_INLINE, "name")
    models = content.entries("models")
    content.no_meaning("definitions are given with -d", "global_definitions")
    content.finish()
    return [draft for model in models for draft in model_drafts(model, around)]


def _datasets(keys: Keys, value: object) -> object:
    """Return the evaluation dataset; POT may have another one for statistics."""
    if not isinstance(value, Mapping):
        return value
    evaluation = value.get("evaluation") or value.get("optimization") or {}
    stages = ("evaluation", "optimization")
    shared = {key: entry for key, entry in value.items() if key not in stages}
    if "evaluation" in value and "optimization" in value:
        keys.notes.add(
            "differs",
            keys.at("datasets.optimization"),
            "calibration images are drawn from the evaluation dataset, apart from those that "
            "are evaluated",
        )
    return [{**shared, **evaluation}] if isinstance(evaluation, Mapping) else []


def _simplified(keys: Keys, name: str, around: Surroundings) -> Draft:
    """Return a draft for a folder of unlabelled images, which are only resized."""
    draft = Draft(name, keys.notes)
    draft.model = {"path": around.model or f"{name}.xml", "name": name}
    draft.dataset = {"name": f"{name}_images"}
    source = str(keys.get("data_source", ""))
    path = PurePath(source)
    draft.adapter = {"type": "images", "data_source": around.places.data(source)}
    if any(mark in path.name for mark in "*?["):
        folder = around.places.data(path.parent)
        draft.adapter = {"type": "images", "data_source": folder, "glob": path.name}
    draft.steps = [{"type": "rgb_to_bgr"}]
    if (share := number(keys.get("central_fraction"))) is not None:
        draft.steps.insert(0, {"type": "crop", "central_fraction": share})
    if (layout := keys.get("layout")) is not None:
        keys.notes.add(
            "check", keys.at("layout"), "if calibrate requires it: model.inputs.NAME.layout", layout
        )
    keys.notes.add(
        "lost",
        keys.where,
        "images were resized to the model's input: write {type: resize, size: ..., antialias: "
        "false} as the first step",
        "simplified",
    )
    draft.decoder = {"type": "raw"}
    draft.metrics = [{"type": "cosine_similarity"}]
    keys.notes.add("added", "metrics", "agreement with FP32 is evaluated", "cosine_similarity")
    return draft


def _set_metrics(draft: Draft, keys: Keys) -> None:
    """Set the metrics of a draft, and whether labels are used."""
    threshold = keys.get("annotation_conf_threshold", 0.6)
    if keys.get("annotation_free", False):
        draft.metrics = [{"type": "agreement", "annotation_conf_threshold": threshold}]
        keys.notes.add(
            "differs",
            keys.at("annotation_free"),
            "there images on which FP32 is unsure were left out; here boxes are, and no image",
        )
        return
    chosen = keys.entries("metrics")
    if not chosen:
        return
    kept = [part for entry in chosen if (part := _chosen(draft, entry)) is not None]
    if kept:
        draft.metrics = kept


def _chosen(draft: Draft, keys: Keys) -> dict[str, Any] | None:
    """Return the metric that an entry names, with its expected value."""
    name = str(keys.get("name") or keys.get("type") or "")
    baseline = number(keys.get("baseline_value"))
    keys.get("type")
    keys.finish("no parameter of a chosen metric here")
    family, _, place = name.partition("@")
    for part in draft.metrics:
        same = part["type"] == family
        if same and (not place or place.removeprefix("top") == str(part.get("top_k", ""))):
            return {**part, **({} if baseline is None else {"reference": baseline})}
    keys.notes.add("lost", keys.at("name"), "no metric of this name was carried over", name)
    return None
