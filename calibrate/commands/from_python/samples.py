"""Write samples of any Python iterable to one `.npz` for the `arrays` adapter."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
from numpy.lib.format import write_array
from numpy.typing import NDArray

from calibrate.errors import CalibrateError

Array = NDArray[Any]
Inputs = Mapping[str, Array]

TARGET = "target"

_IMAGE = 3
"""Number of dimensions of an image."""


@dataclass(frozen=True, slots=True)
class Samples:
    """All samples of an iterable.

    Attributes:
        inputs: [N, ...] by input name; `""` where the iterable names none.
        targets: as in the iterable, one for each sample; empty without targets.
    """

    inputs: Inputs
    targets: tuple[Any, ...]

    def __len__(self) -> int:
        return len(next(iter(self.inputs.values())))


def collect(data: Iterable[object], *, batched: bool | None = None) -> Samples:
    """Read the whole iterable.

    Args:
        data: samples or batches: an array or a mapping of arrays by input name, or a pair of that
            and a target. Torch tensors are taken as arrays.
        batched: whether each element is a batch, samples along its first dimension; by default
            that is so for a `torch.utils.data.DataLoader` with a batch size.

    Raises:
        CalibrateError: this is no iterable, it is empty, it may be batched or not, or its samples
            differ in shape or in their inputs.
    """
    undecided = batched is None
    if batched is None:
        batched = getattr(data, "batch_size", None) is not None
    rows: dict[str, list[Array]] = {}
    targets: list[Any] = []
    for number, element in enumerate(_iterated(data)):
        for inputs, target in _samples(element, batched=batched):
            if undecided and not batched:
                _refuse_ambiguous(inputs, target)
            if rows and rows.keys() != inputs.keys():
                raise CalibrateError(
                    f"element {number} has the inputs {', '.join(inputs)}; the first one has "
                    f"{', '.join(rows)}",
                    where="data",
                )
            for name, value in inputs.items():
                rows.setdefault(name, []).append(value)
            if target is not None:
                targets.append(target)
    if not rows:
        raise CalibrateError("the iterable gives no samples", where="data")
    count = len(next(iter(rows.values())))
    if targets and len(targets) != count:
        raise CalibrateError(f"{len(targets)} of {count} samples have a target", where="data")
    return Samples({name: _stacked(name, values) for name, values in rows.items()}, tuple(targets))


def _iterated(data: Iterable[object]) -> Iterator[object]:
    try:
        return iter(data)
    except TypeError as error:
        raise CalibrateError(
            f"{type(data).__name__} is no iterable of samples",
            where="data",
            hint="give a list, a generator or a DataLoader; each sample an array, a mapping of "
            "arrays by input name, or a pair of that and a target",
        ) from error


def write_samples(path: Path, samples: Samples, names: Sequence[str], target: Array | None) -> None:
    """Write the `.npz`.

    Args:
        path: path of the file.
        samples: the samples.
        names: the model's inputs; a single unnamed input gets the first name.
        target: [N, ...] that the adapter reads as the target.

    Raises:
        CalibrateError: the samples name inputs that the model does not have, or an input has the
            name under which targets are written.
    """
    arrays = {name or names[0]: array for name, array in samples.inputs.items()}
    unknown = sorted(arrays.keys() - set(names))
    if unknown:
        raise CalibrateError(
            f"the model has no input {', '.join(unknown)}",
            where="data",
            hint=f"its inputs: {', '.join(names)}",
        )
    if target is not None and TARGET in arrays:
        raise CalibrateError(
            f"the model has an input '{TARGET}', the name under which targets are written",
            where="data",
            hint="rename the input of the model",
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}")
    # As `np.savez` writes it, whose own parameters are no names of arrays.
    with ZipFile(part, "w") as archive:
        for name, array in (arrays if target is None else arrays | {TARGET: target}).items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                write_array(entry, array, allow_pickle=False)
    part.replace(path)


def _samples(element: object, *, batched: bool) -> Iterator[tuple[Inputs, Any]]:
    target: Any = None
    value = element
    if isinstance(element, tuple | list) and len(element) == 2:
        value, target = element
    inputs = (
        {str(name): _array(part) for name, part in value.items()}
        if isinstance(value, Mapping)
        else {"": _array(value)}
    )
    if not batched:
        yield inputs, None if target is None else _plain(target)
        return
    targets = None if target is None else _plain(target)
    for row in range(len(next(iter(inputs.values())))):
        yield (
            {name: array[row] for name, array in inputs.items()},
            None if targets is None else targets[row],
        )


def _refuse_ambiguous(inputs: Inputs, target: object) -> None:
    """Raise CalibrateError if a sample looks like a batch: several images and as many targets."""
    count = len(np.asarray(target)) if np.ndim(np.asarray(target)) == 1 else 0
    if count > 1 and all(x.ndim >= _IMAGE and len(x) == count for x in inputs.values()):
        raise CalibrateError(
            f"an element has inputs of shape {list(next(iter(inputs.values())).shape)} and {count} "
            "targets",
            where="data",
            hint=f"give batched=True if it is a batch of {count} samples, batched=False if it is "
            "one sample",
        )


def _array(value: object) -> Array:
    detach = getattr(value, "detach", None)
    array = np.asarray(detach().cpu().numpy() if callable(detach) else value)
    if array.dtype.kind not in "biuf":
        raise CalibrateError(
            f"an input is {type(value).__name__}, which is no array of numbers",
            where="data",
            hint="give arrays or tensors, or a mapping of them by input name",
        )
    return array


def _plain(target: object) -> Any:  # noqa: ANN401  # of any type that the metric takes
    return _array(target) if callable(getattr(target, "detach", None)) else target


def _stacked(name: str, values: Sequence[Array]) -> Array:
    shapes = {value.shape for value in values}
    if len(shapes) > 1:
        shown = ", ".join(str(list(shape)) for shape in sorted(shapes)[:3])
        raise CalibrateError(
            f"samples of input '{name}' differ in shape: {shown}",
            where="data",
            hint="resize or pad them to one shape",
        )
    return np.stack(values)
