"""Guess datasets of two files per sample: images with masks or target images; volumes."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from calibrate.commands.new.data_guess import (
    PREFERRED,
    DataGuess,
    folders_in,
    has_image,
    images_in,
    preference,
)
from calibrate.commands.new.match_colours import colours_of
from calibrate.datasets.formats.listing import Affix, paired
from calibrate.datasets.formats.mask_survey import MaskSurvey, survey_masks
from calibrate.datasets.formats.masks import MaskCoding
from calibrate.datasets.formats.nifti import ENDINGS as VOLUMES
from calibrate.datasets.formats.paths import list_files
from calibrate.errors import CalibrateError

_MASKS = ("mask", "label", "ann", "gt", "ground_truth", "groundtruth", "seg")
_IMAGES = (
    *("images", "image", "imgs", "img", "img_dir", "jpegimages", "input", "inputs", "photos"),
    *("rgb", "frames"),
)
_LOW = ("lr", "low", "lowres", "input", "inputs", "noisy", "lq", "x")
_HIGH = ("hr", "high", "highres", "target", "targets", "clean", "gt", "hq", "y")
_SUFFIXES = ("", "_mask", "_masks", "_seg", "_label", "_gt", "_segmentation")
_COLOURS = "The class of each colour is unknown: list them in `colors` in the model's order."
_MOST_CLASSES = 64
"""Number of ids beyond which a mask is a lossy or coloured image, not class ids."""


def paired_data(path: Path) -> Iterator[DataGuess]:
    """Yield the layouts of pairs that a folder may have."""
    if (path / "test" / "good").is_dir():
        adapter = {"type": "mvtec", "data_source": path}
        reason = "test/good and folders of defects are there"
        if (path / "ground_truth").is_dir():
            yield DataGuess({**adapter, "target": "mask"}, "mask", reason)
        yield DataGuess(adapter, "class", reason)
    yield from _cityscapes(path)
    yield from _camvid(path)
    yield from _masks(path)
    yield from _image_pairs(path)


def volume_data(path: Path) -> Iterator[DataGuess]:
    """Yield volumes with or without labels: nnU-Net's folders, or a folder of NIfTI files."""
    for images, masks in (("imagesTs", "labelsTs"), ("imagesTr", "labelsTr"), ("images", "labels")):
        if not _has_volume(path / images):
            continue
        adapter: dict[str, Any] = {"type": "volumes", "images_dir": path / images}
        names = list_files(path / images, VOLUMES)
        channels = sorted({name[-12:-7] for name in names if name.endswith(".nii.gz")})
        if channels and all(c.startswith("_") and c[1:].isdigit() for c in channels):
            adapter["image_suffixes"] = channels if len(channels) > 1 else channels[0]
        if not _has_volume(path / masks):
            yield DataGuess(adapter, "none", f"{images} holds volumes", content="volumes")
            return
        reason = f"{images} and {masks} hold volumes and labels"
        yield DataGuess({**adapter, "masks_dir": path / masks}, "mask", reason, content="volumes")
        return
    if _has_volume(path):
        yield DataGuess(
            {"type": "volumes", "images_dir": path}, "none", "volumes are there", content="volumes"
        )


def _has_volume(folder: Path) -> bool:
    return folder.is_dir() and any(file.name.endswith(VOLUMES) for file in folder.iterdir())


def _cityscapes(path: Path) -> Iterator[DataGuess]:
    images, masks = path / "leftImg8bit", path / "gtFine"
    if images.is_dir() and masks.is_dir():
        splits = [name for name in ("val", "test", "train") if (images / name).is_dir()]
        if splits:
            adapter = {
                "type": "cityscapes",
                "dataset_root_dir": path,
                "images_subfolder": f"leftImg8bit/{splits[0]}",
                "masks_subfolder": f"gtFine/{splits[0]}",
            }
            yield DataGuess(adapter, "mask", "leftImg8bit and gtFine are there")


def _camvid(path: Path) -> Iterator[DataGuess]:
    for split in ("val", "test", "train"):
        if (path / split).is_dir() and (path / f"{split}annot").is_dir():
            adapter = {"type": "camvid", "data_source": path, "split": split}
            yield DataGuess(adapter, "mask", f"{split} and {split}annot are there")
            return


def _masks(path: Path) -> Iterator[DataGuess]:
    for images, masks in _folder_pairs(path, _IMAGES, _MASKS):
        for suffix in _SUFFIXES:
            names = _pairs(images, masks, suffix)
            if not names:
                continue
            adapter = {
                "type": "mask_pairs",
                "images_dir": images,
                "masks_dir": masks,
                **({"mask_suffix": suffix} if suffix else {}),
            }
            guess = _mask_guess(adapter, [masks / mask for _, mask in names])
            if guess is not None:
                yield guess
                return


def _mask_guess(adapter: Mapping[str, Any], masks: Sequence[Path]) -> DataGuess | None:
    """Return the layout of masks with their coding; None where their values are no classes.

    Args:
        adapter: its section, without the coding.
        masks: paths of the masks.
    """
    held = f"{adapter['images_dir'].name} and {adapter['masks_dir'].name} hold images and masks"
    survey = survey_masks(masks, MaskCoding(ignore=None))
    colours = () if survey.masks else colours_of(masks)
    if colours:
        coded = {**adapter, "colors": [list(colour) for colour in colours], "ignore": None}
        return DataGuess(coded, "mask", f"{held} in colours", doubts=(_COLOURS,))
    coding = _coding(survey)
    if coding is None:
        return None
    ids = tuple(sorted(survey.pixels))
    listed = ", ".join(map(str, ids))
    values = "of two grey levels" if "threshold" in coding else f"with the ids {listed}"
    return DataGuess({**adapter, **coding}, "mask", f"{held} {values}", mask_ids=ids)


def _coding(survey: MaskSurvey) -> Mapping[str, Any] | None:
    """Return parameters that map mask values to class ids; None for values that are no ids."""
    ids = sorted(survey.pixels)
    if survey.looks_like_soft_edges():
        return {"threshold": 128, "ignore": None}
    if survey.lossy and len(ids) > 2:
        return None
    if len(ids) < 2 or len(ids) > _MOST_CLASSES:
        return None
    if survey.looks_like_grey_levels() or (len(ids) == 2 and ids[0] == 0):
        numbers = {value: place for place, value in enumerate(ids) if value != place}
        return {"label_map": numbers, "ignore": None} if numbers else {"ignore": None}
    return {"ignore": 255 if ids[-1] == 255 else None}


def _image_pairs(path: Path) -> Iterator[DataGuess]:
    for low, high in _folder_pairs(path, _LOW, _HIGH):
        if _pairs(low, high, ""):
            adapter = {"type": "image_pairs", "input_dir": low, "target_dir": high}
            yield DataGuess(adapter, "image", f"{low.name} and {high.name} hold images of one name")
            return


def _folder_pairs(
    path: Path, first: tuple[str, ...], second: tuple[str, ...]
) -> Iterator[tuple[Path, Path]]:
    """Yield folders of these names with images, also with a split below or above them.

    Folders of a split come before those that hold several.
    """
    folders = folders_in(path)
    below = [inner for folder in folders for inner in folders_in(folder)]
    named = [folder for folder in (*folders, *below) if has_image(folder)]
    named.sort(key=_split_order)
    for source in named:
        for other in named:
            fits = source.name.lower() in first and other.name.lower().startswith(second)
            alike = source.parent == other.parent
            parents = source.parent.name.lower(), other.parent.name.lower()
            nested = parents[0] in first and parents[1].startswith(second)
            if (fits and alike) or (nested and source.name == other.name):
                yield source, other


def _split_order(folder: Path) -> tuple[int, str]:
    """Return a sort key: folders of a split, the best first, then others."""
    stem = folder.name if folder.name.lower() in PREFERRED else folder.parent.name
    return preference(Path(stem))


def _pairs(images: Path, targets: Path, suffix: str) -> list[tuple[str, str]]:
    if next(images_in(targets), None) is None:
        return []
    try:
        return paired((images, Affix()), (targets, Affix("", suffix)), wanted="partner")
    except CalibrateError:
        return []  # their names do not pair, so it is another layout
