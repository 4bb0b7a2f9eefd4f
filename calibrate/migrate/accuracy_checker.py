"""Convert configs of the Accuracy Checker: models with launchers and datasets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from calibrate.migrate.box_converters import limit_labels
from calibrate.migrate.colours import reader_order
from calibrate.migrate.converter_data import Data
from calibrate.migrate.converters import adapter_of
from calibrate.migrate.decoders import Around, decoder_of
from calibrate.migrate.draft import Draft
from calibrate.migrate.keys import Keys
from calibrate.migrate.launcher import model_of
from calibrate.migrate.metrics import metrics_of
from calibrate.migrate.notes import Notes
from calibrate.migrate.places import Places
from calibrate.migrate.postprocessing import afterwards
from calibrate.migrate.preprocessing import fixed_size, steps_of
from calibrate.migrate.recognition import TEXT_ADAPTERS, Recognition, labels_of

_CACHE = "the annotation is read from its own files here, each time"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the Accuracy Checker is given besides its config.

    Attributes:
        places: where relative paths lead.
        definitions: datasets by name, which configs refer to.
        model: the model's path, or None: the path in the launcher.
        output: the folder of the written files; paths in them are relative to it.
    """

    places: Places = field(default_factory=Places)
    definitions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    model: str | None = None
    output: Path | None = None


def definitions_of(content: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the datasets of a definitions file by name."""
    entries = content.get("datasets", [])
    if not isinstance(entries, list):
        return {}
    return {
        str(entry["name"]): entry
        for entry in entries
        if isinstance(entry, dict) and "name" in entry
    }


def drafts_of(content: Mapping[str, Any], around: Surroundings) -> tuple[list[Draft], Notes]:
    """Return one draft for each model, launcher that OpenVINO can replace, and dataset.

    Returns:
        The drafts, and the notes about the file as a whole.
    """
    notes = Notes()
    top = Keys(content, "", notes)
    top.lost("evaluations", "pipelines of several models with custom code cannot be run here")
    top.no_meaning("definitions are given with -d", "global_definitions")
    models = top.entries("models")
    top.finish()
    return named_apart([draft for model in models for draft in model_drafts(model, around)]), notes


def model_drafts(model: Keys, around: Surroundings) -> list[Draft]:
    """Return one draft for each launcher and dataset of one model, each with separate notes."""
    drafts = []
    for number, launcher in enumerate(_listed(model.get("launchers"))):
        for index, dataset in enumerate(_listed(model.get("datasets"))):
            notes = Notes()
            keys = model.copy(notes)
            name = str(keys.get("name", "model"))
            for key in ("launchers", "datasets"):
                keys.get(key)
            keys.finish()
            drafts.append(
                _draft(
                    name,
                    Keys(launcher, f"{keys.at('launchers')}[{number}]", notes),
                    _defined(dataset, f"{keys.at('datasets')}[{index}]", around, notes),
                    around,
                )
            )
    return drafts


def _listed(value: object) -> list[dict[str, Any]]:
    entries = value if isinstance(value, list) else [value]
    return [entry for entry in entries if isinstance(entry, dict)] or [{}]


def _defined(dataset: Mapping[str, Any], where: str, around: Surroundings, notes: Notes) -> Keys:
    """Return the dataset completed by its definition; keys of the config take precedence."""
    name = str(dataset.get("name", ""))
    definition = around.definitions.get(name)
    complete = {"annotation_conversion", "annotation", "data_source"} & set(dataset)
    if definition is None and not complete:
        notes.add(
            "lost",
            f"{where}.name",
            "no definition of this dataset: give -d",
            name,
        )
    return Keys({**(definition or {}), **dataset}, where, notes)


def _draft(name: str, launcher: Keys, dataset: Keys, around: Surroundings) -> Draft:
    notes = launcher.notes
    dataset_name = str(dataset.get("name", "dataset"))
    draft = Draft(f"{name}_{dataset_name}", notes)
    draft.model = model_of(launcher, name, around.places, around.model)
    draft.dataset = {"name": dataset_name}
    _read_dataset(draft, dataset, around.places)
    conversion = dataset.get("annotation_conversion")
    conversion = conversion if isinstance(conversion, Mapping) else {}
    after = afterwards(dataset.entries("postprocessing"), fixed_size(draft.steps))
    adapter = launcher.section("adapter")
    background = bool(conversion.get("has_background", False))
    reads_bgr = conversion.get("annotation_loader", "pillow") == "opencv"
    recognition = Recognition(around.places, labels_of(conversion, around.places))
    argmax = _uses_argmax(dataset.entries("metrics"))
    draft.decoder = decoder_of(adapter, Around(after, background, reads_bgr, argmax, recognition))
    if draft.adapter is not None and draft.adapter["type"] in TEXT_ADAPTERS:
        draft.adapter |= recognition.alphabet
    launcher.finish()
    metrics = dataset.entries("metrics")
    if not metrics:
        notes.add("lost", dataset.at("metrics"), "there are no metrics")
    draft.metrics = metrics_of(metrics, after.boxes, recognition.metric)
    if after.marks and any(part.get("ignore_difficult") is False for part in draft.metrics):
        why = "there map counts predictions that a filter marks, here they are removed"
        notes.add("differs", dataset.at("postprocessing"), why)
    limit_labels(draft, dataset.at("metrics"))
    dataset.finish()
    return draft


def _uses_argmax(metrics: Sequence[Keys]) -> bool:
    """Whether a metric of masks takes the best class itself, which is the default."""
    of_masks = ("mean_iou", "mean_accuracy", "segmentation_accuracy")
    return any(
        metric.get("type") in of_masks and metric.get("use_argmax", True) for metric in metrics
    )


def _read_dataset(draft: Draft, dataset: Keys, places: Places) -> None:
    source, masks = dataset.get("data_source"), dataset.get("segmentation_masks_source")
    data = Data(
        places,
        None if source is None else places.data(source),
        None if masks is None else places.data(masks),
    )
    order = reader_order(dataset.get("reader"), dataset.at("reader"), draft.notes)
    steps = dataset.entries("preprocessing")
    if order is None:
        reader = dataset.get("reader")
        name = reader.get("type") if isinstance(reader, Mapping) else reader
        draft.notes.add("lost", dataset.at("reader"), "no adapter reads such data here", name)
    else:
        draft.images = data.source
        draft.steps = steps_of(steps, order)
    if "annotation_conversion" in dataset:
        conversion = dataset.section("annotation_conversion")
        draft.adapter = adapter_of(conversion, data) if order else None
        dataset.no_meaning(_CACHE, "annotation", "dataset_meta")
    else:
        dataset.lost("annotation", "a converted annotation is not read: give annotation_conversion")
        dataset.no_meaning(_CACHE, "dataset_meta")
    dataset.no_meaning("class names do not change the result", "dataset_meta_file")
    dataset.lost("additional_data_source", "samples have one source of images here")
    _subsample(draft, dataset)


def _subsample(draft: Draft, dataset: Keys) -> None:
    size = dataset.get("subsample_size")
    if isinstance(size, int) and not isinstance(size, bool):
        draft.dataset["subsample_size"] = size
    elif isinstance(size, str) and size.isdigit():
        draft.dataset["subsample_size"] = int(size)
    elif size is not None:
        draft.notes.add("lost", dataset.at("subsample_size"), "write a number of images", size)
    if (seed := dataset.get("subsample_seed")) is not None:
        draft.dataset["subsample_seed"] = seed
    dataset.no_meaning("images are drawn by seed here, stratified by label", "shuffle")
    dataset.no_meaning("calibrate measures speed independently of this", "batch")


def named_apart(drafts: list[Draft]) -> list[Draft]:
    """Give each draft a unique file name: repeated names get a number."""
    uses: dict[str, int] = {}
    for draft in drafts:
        count = uses[draft.name] = uses.get(draft.name, 0) + 1
        if count > 1:
            draft.name = f"{draft.name}_{count}"
    return drafts
