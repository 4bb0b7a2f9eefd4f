"""The report's sections on predictions and classes that quantization changed."""

from typing import Literal, Self

from pydantic import model_validator

from calibrate.report.facts import Base64, Record, SetName


class Change(Record):
    """A search or acceptance sample whose predicted class changed."""

    sample: str
    """The sample's id."""
    source: str
    """The file, if the sample has a separate one."""
    label: int | None
    """The annotation."""
    fp32: int
    """Class predicted by FP32."""
    fp32_score: float
    """Its probability."""
    int8: int
    """Class predicted by the result."""
    int8_score: float
    """Its probability."""
    images: SetName | None = None
    """The set that the image belongs to."""
    thumbnail: Base64 = ""
    """A small JPEG of the image in base64; empty where none was made."""


class ClassChange(Record):
    """One class before and after."""

    label: int
    """Class id."""
    name: str
    """Name of the class; empty where the dataset names none."""
    samples: int | None = None
    """Annotated samples of the class; None for metrics that do not count samples."""
    fp32: float
    """FP32's value: right answers over samples, or the metric's value of this class alone."""
    result: float
    """The result's."""


class ClassSection(Record):
    """What quantization changed, class by class."""

    metric: str
    """What the values are: `right answers`, or a metric's label."""
    unit: str
    """As `MetricFacts.unit`."""
    higher_is_better: bool
    """Direction of the values."""
    changed: tuple[ClassChange, ...]
    """Classes whose value changed, the largest loss first; at most 100."""
    unchanged: int
    """How many further classes have the same value before and after."""


class Confusion(Record):
    """Answers by class; only for classification with few classes."""

    labels: tuple[int, ...]
    """Class ids, in the order of rows and columns."""
    names: tuple[str, ...]
    """Names of the classes; empty texts where the dataset names none."""
    fp32: tuple[tuple[int, ...], ...]
    """Samples by annotated class (rows) and FP32's answer (columns)."""
    result: tuple[tuple[int, ...], ...]
    """The same for the result."""

    @model_validator(mode="after")
    def _square(self) -> Self:
        count = len(self.labels)
        lengths = {len(row) for row in (*self.fp32, *self.result)}
        if not len(self.names) == len(self.fp32) == len(self.result) == count or lengths - {count}:
            raise ValueError("names, rows and columns are not as many as labels")
        return self


class DrawnBox(Record):
    """A box of an image on which the two models differ."""

    corners: tuple[float, float, float, float]
    """xmin ymin xmax ymax, as shares of the image's width and height."""
    change: Literal["kept", "lost", "new"]
    """Both models have it, FP32 alone, or the result alone."""
    text: str
    """Class of the box."""
    keypoints: tuple[tuple[float, float], ...] = ()
    """x and y of the object's keypoints, as shares of the image's width and height."""


class Difference(Record):
    """A search or acceptance sample on which the result's prediction differs from FP32's."""

    sample: str
    """The sample's id."""
    source: str
    """The file, if the sample has a separate one."""
    summary: str
    """What differs, as text: `2 of 5 boxes lost: 1 person, 1 dog`."""
    amount: float
    """Share of boxes, pixels, labels or tokens that differ; for numbers and images relative to
    their size."""
    images: SetName | None = None
    """The set that the image belongs to."""
    thumbnail: Base64 = ""
    """A small JPEG of the image in base64; empty where none was made."""
    boxes: tuple[DrawnBox, ...] = ()
    """Boxes of detectors, to draw on it."""
    overlay: Base64 = ""
    """A PNG in base64 to lay over the image: lost pixels hatched red, new ones green, pixels that
    changed their class amber, outlines of what both models have white; empty without masks."""
