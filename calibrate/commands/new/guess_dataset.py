"""Look at a folder and say which dataset layouts it could be."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from calibrate.errors import CalibrateError

Truth = Literal["class", "boxes", "mask", "none"]

_IMAGES = frozenset((".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm"))
_PREFERRED = ("val", "test", "valid", "validation", "trainval", "train")
_LOOKED_AT = 2000


@dataclass(frozen=True, slots=True)
class DataGuess:
    """A layout that a folder could be.

    Attributes:
        adapter: its section, with absolute paths.
        truth: what is annotated.
        reason: what was seen, one clause.
    """

    adapter: Mapping[str, Any]
    truth: Truth
    reason: str


def guess_data(path: Path) -> tuple[DataGuess, ...]:
    """Every layout that fits, the best annotated first.

    Raises:
        CalibrateError: there is no such folder, or nothing in it is known.
    """
    path = path.absolute()
    if not path.exists():
        raise CalibrateError("there is no such folder or file", where=str(path))
    found = tuple(_of_file(path) if path.is_file() else _of_folder(path))
    if not found:
        raise CalibrateError(
            "no dataset layout is recognised here",
            where=str(path),
            hint="`calibrate list adapters` shows what is read; write the config by hand",
        )
    return found


def _of_file(path: Path) -> Iterator[DataGuess]:
    if path.suffix in (".npz", ".npy"):
        yield DataGuess({"type": "arrays", "data_source": path}, "none", f"{path.name} is arrays")
    elif path.suffix == ".json":
        yield from _coco(path, path.parent.parent)
        yield from _coco(path, path.parent)
    elif path.suffix in (".txt", ".csv"):
        yield from _list(path, path.parent)


def _of_folder(path: Path) -> Iterator[DataGuess]:
    for file in (*sorted(path.glob("annotations/*.json")), *sorted(path.glob("*.json"))):
        yield from _coco(file, path)
    yield from _voc(path)
    for file in sorted((*path.glob("*.txt"), *path.glob("*.csv")), key=_preference):
        yield from _list(file, path)
    if any(path.glob("*idx3-ubyte*")):
        yield DataGuess({"type": "mnist", "data_source": path}, "class", "IDX files are there")
    if any(path.glob("*_batch*")):
        yield DataGuess({"type": "cifar", "data_source": path}, "class", "batches are there")
    folders = [below for below in sorted(path.iterdir()) if below.is_dir() and _has_image(below)]
    if len(folders) > 1:
        reason = f"{len(folders)} folders hold images, one a class"
        yield DataGuess({"type": "image_folder", "data_source": path}, "class", reason)
    if _has_image(path) or folders:
        reason = "images are there; nothing says what they show"
        yield DataGuess({"type": "images", "data_source": path}, "none", reason)


def _coco(file: Path, root: Path) -> Iterator[DataGuess]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return  # no JSON is no COCO file; the adapter says more if the user names it
    if not isinstance(content, dict) or not {"images", "annotations", "categories"} <= set(content):
        return
    names = [str(image.get("file_name", "")) for image in content["images"][:1]]
    below = [folder for folder in sorted(root.iterdir()) if folder.is_dir()]
    for folder in (root, *below):
        if names and (folder / names[0]).is_file():
            adapter = {"type": "mscoco_detection", "annotation_file": file, "images_dir": folder}
            yield DataGuess(adapter, "boxes", f"{file.name} is a COCO annotation")
            return


def _voc(path: Path) -> Iterator[DataGuess]:
    if not (path / "JPEGImages").is_dir():
        return
    for kind, folder, part, truth in (
        ("voc_detection", "Annotations", "Main", "boxes"),
        ("voc_segmentation", "SegmentationClass", "Segmentation", "mask"),
    ):
        lists = sorted((path / "ImageSets" / part).glob("*.txt"), key=_preference)
        if lists and (path / folder).is_dir():
            adapter = {"type": kind, "data_source": path, "split": lists[0].stem}
            reason = f"VOC's folders JPEGImages, {folder} and ImageSets/{part} are there"
            yield DataGuess(adapter, truth, reason)  # type: ignore[arg-type]  # of the tuple above


def _list(file: Path, root: Path) -> Iterator[DataGuess]:
    with file.open(encoding="utf-8", errors="replace") as lines:
        rows = [line.strip() for _, line in zip(range(2), lines, strict=False)]
    for row in rows:
        name, _, label = row.replace(",", " ").replace("\t", " ").rpartition(" ")
        if label.isdigit() and (root / name.strip()).is_file():
            adapter: dict[str, Any] = {"type": "image_list", "annotation": file}
            names = next((p for p in (root / "labels.txt", root / "classes.txt") if p.exists()), 0)
            if names and names != file:
                adapter["labels"] = names
            yield DataGuess(adapter, "class", f"{file.name} lists files and classes")
            return


def _preference(path: Path) -> tuple[int, str]:
    stem = path.stem.lower()
    place = next((i for i, word in enumerate(_PREFERRED) if stem == word), len(_PREFERRED))
    return place, path.name


def _has_image(folder: Path) -> bool:
    files = zip(range(_LOOKED_AT), folder.rglob("*"), strict=False)
    return any(file.suffix.lower() in _IMAGES for _, file in files)
