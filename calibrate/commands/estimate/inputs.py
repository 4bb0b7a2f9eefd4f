"""Inputs of an estimate: a probe's times, the sizes of the sets, the search effort."""

from dataclasses import dataclass, field, replace

from calibrate.core.costs import Spent


@dataclass(frozen=True, slots=True)
class Line:
    """Seconds as a straight line over a number of images.

    Attributes:
        fixed: independent of the number.
        each: for each image.
    """

    fixed: float
    each: float

    def at(self, images: int) -> float:
        """Return the seconds for a number of images."""
        return self.fixed + self.each * images

    def cost(self, count: Spent) -> Spent:
        """Return counted compilations and inferences with the seconds that they take."""
        return replace(
            count, seconds=self.fixed * count.compilations + self.each * count.inferences
        )

    @classmethod
    def through(cls, few: tuple[int, float], more: tuple[int, float]) -> "Line":
        """Return the line through two measurements of images and seconds, never falling."""
        (count, seconds), (further, longer) = few, more
        each = max(0.0, (longer - seconds) / (further - count))
        return cls(max(0.0, longer - each * further), each)


@dataclass(frozen=True, slots=True)
class Sets:
    """Sizes of a run's sets of images.

    Attributes:
        everything: all of them.
        calibration: that set ranges.
        search: of all folds, that choose.
        acceptance: of all folds.
        folds: of cross-fitting; 1 without.
        compression: images used by methods of weight compression, summed.
        separate: samples of the `calibration` section, decoded beside the others.
    """

    everything: int
    calibration: int
    search: int
    acceptance: int
    folds: int = 1
    compression: int = 0
    separate: int = 0


@dataclass(frozen=True, slots=True)
class Probe:
    """Times of a few images and compilations, in seconds.

    Attributes:
        read: to read the model.
        decode: to list the dataset, and for each image.
        prepare: to simplify the model and compare it with its source.
        fp32: to compile the prepared model, and for each image judged.
        int8: likewise for plain INT8.
        plain: to quantize with the config's settings, and to compress in each way asked for.
        recipes: to quantize with each further recipe, in the order of trial.
        free_recipes: how many of them are compared before anything is judged.
        compose: to build the model of a candidate.
        footprint: to write a model and measure its memory in a separate process.
        latency: one inference of FP32.
        latency_int8: likewise for plain INT8.
        streams: inferences in flight.
        groups: that may fall back.
        variants: of all groups, precisions beside FP32.
        measurements: of sensitivities, at most.
        integers: whether INT8 is among them, with ranges and sums that may overflow.
        profile: compilations and inferences that measure the costs of groups; none where bytes
            count, not time.
        goes_on: whether groups are measured though what is tried first is within budget.
        is_cheapest: whether nothing can be cheaper than what is tried first.
        targets: for each further CPU, to set its process or network up, and for each image.
        differences: to compare predictions for the report; None where that takes nothing.
        finds_parameters: whether the decoder determines parameters from FP32's outputs.
        reduced: to compile floating point as deployed, and for each image judged, where that is
            BF16 or FP16; None where it is FP32.
        latency_reduced: one inference of it.
        batch_trial: compilations and inferences that decide how many samples an inference takes.
    """

    read: float
    decode: Line
    prepare: float
    fp32: Line
    int8: Line
    plain: Line
    recipes: tuple[Spent, ...]
    free_recipes: int
    compose: float
    footprint: float
    latency: float
    latency_int8: float
    streams: int
    groups: int
    variants: int
    measurements: int
    integers: bool = True
    profile: Spent = field(default_factory=Spent)
    goes_on: bool = False
    is_cheapest: bool = True
    targets: tuple[Line, ...] = ()
    differences: float | None = None
    finds_parameters: bool = False
    reduced: Line | None = None
    latency_reduced: float = 0.0
    batch_trial: Spent = field(default_factory=Spent)


@dataclass(frozen=True, slots=True)
class Effort:
    """The limits that the config sets on the search.

    Attributes:
        ranking: images on which groups are measured, at most.
        evaluations: of candidates, at most; None where the number of groups decides.
        tuning: seconds of fine-tuning, at most; 0 if the config has none.
    """

    ranking: int
    evaluations: int | None
    tuning: float = 0.0
