"""Steps for data that is no image: a tokenizer for text, padding for lists of token ids."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from calibrate.commands.new.data_guess import DataGuess, build_adapter
from calibrate.core.text import shown
from calibrate.errors import CalibrateError
from calibrate.models.inputs import InputPlan

_LENGTH = 128
_IDS = ("input_ids", "attention_mask", "token_type_ids")


def steps_without_images(
    data: DataGuess, plans: Sequence[InputPlan], places: tuple[Path, Path]
) -> Iterator[Mapping[str, Any]]:
    """Yield the steps that the data needs.

    Args:
        data: text, arrays or volumes.
        plans: plans of the model's inputs.
        places: paths of the model and of the data, near which a tokenizer may be.

    Raises:
        CalibrateError: text needs a tokenizer.json, and there is none.
    """
    if data.content == "arrays" and "data_columns" in data.adapter:
        yield from _padding(data, plans)
    if data.content != "text":
        return
    names = [plan.name for plan in plans]
    length = next((p.shape[1] for p in plans if len(p.shape) == 2 and p.shape[1] > 0), _LENGTH)
    kept = [name for name in _IDS if name in names]
    yield {
        "type": "tokenize",
        "tokenizer": _tokenizer(data, places),
        "max_length": length,
        **({"pair": "second"} if "second" in data.adapter.get("text_columns", {}) else {}),
        "keep": kept or ["input_ids"],
    }


def _padding(data: DataGuess, plans: Sequence[InputPlan]) -> Iterator[Mapping[str, Any]]:
    """Yield the step that pads lists of token ids to the model's length, or to the longest list.

    Args:
        data: data with lists in its columns.
        plans: plans of the model's inputs.
    """
    adapter = build_adapter(data.adapter)
    samples = [adapter.read(item) for item in adapter.items()]
    lists = [array for sample in samples for array in sample.data.values() if array.ndim == 1]
    lengths = {len(array) for array in lists if array.dtype.kind in "iu"}
    if len(lengths) > 1:
        stated = [p.shape[1] for p in plans if len(p.shape) == 2 and p.shape[1] > 0]
        yield {"type": "pad_tokens", "length": stated[0] if stated else max(lengths)}


def _tokenizer(data: DataGuess, places: tuple[Path, Path]) -> Path:
    folders = dict.fromkeys(
        folder for place in places for folder in (place.absolute(), place.absolute().parent)
    )
    for folder in folders:
        if (folder / "tokenizer.json").is_file():
            return folder / "tokenizer.json"
    columns = data.adapter.get("text_columns", {}).values()
    source = f"the column '{shown(next(iter(columns)))}' is" if columns else "the files are"
    raise CalibrateError(
        f"{source} text, which needs the model's tokenizer.json, and there is none in "
        + " or ".join(shown(folder) for folder in folders if folder.is_dir()),
        where=shown(data.adapter.get("annotation", places[1])),
        hint="put the tokenizer.json there that `tokenizer.save_pretrained` writes",
    )
