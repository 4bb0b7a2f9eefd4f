"""Inputs of an estimate: a probe's times, the sizes of the sets, the search effort."""

from dataclasses import dataclass, field, replace

from calibrate.core.costs import Spent


@dataclass(frozen=True, slots=True)
class Line:
    """Seconds as a straight line over a number of images.

    Attributes:
        fixed: seconds that do not depend on the number.
        each: seconds for each image.
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
    def through(cls, first: tuple[int, float], second: tuple[int, float]) -> "Line":
        """Return the line through two measurements of images and seconds, never falling."""
        (count, seconds), (greater, longer) = first, second
        each = max(0.0, (longer - seconds) / (greater - count))
        return cls(max(0.0, longer - each * greater), each)


@dataclass(frozen=True, slots=True)
class Sets:
    """Sizes of a run's sets of images.

    Attributes:
        everything: number of all images.
        calibration: number of images that set ranges.
        search: number of images of all folds that choose.
        acceptance: number of images of all folds that judge.
        folds: number of folds of cross-fitting; 1 without.
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
        read: time to read the model.
        decode: time to list the dataset, and for each image.
        prepare: time to simplify the model and compare it with its source.
        fp32: time to compile the prepared model, and for each image judged.
        int8: time to compile plain INT8, and for each image judged.
        plain: time to quantize with the config's settings and to compress as the config says.
        recipes: cost of quantizing with each further recipe, in the order of trial.
        free_recipes: how many of them are compared before any candidate is judged.
        compose: time to build the model of a candidate.
        footprint: time to write a model and measure its memory in a separate process.
        latency: time of one inference of FP32.
        latency_int8: time of one inference of plain INT8.
        streams: number of inferences in flight.
        groups: number of groups that may fall back.
        variants: number of precisions beside FP32, summed over all groups.
        measurements: greatest number of measurements of sensitivities.
        integers: whether INT8 is among them, with ranges and sums that may overflow.
        profile: compilations and inferences that measure the costs of groups; none where bytes
            count, not time.
        measures_groups: whether groups are measured even if the first candidate is within budget.
        is_cheapest: whether no candidate can be cheaper than the first one.
        targets: for each further CPU, time to set up its process or network, and for each image.
        differences: time to compare predictions for the report; None if nothing is run for that.
        finds_parameters: whether the decoder determines parameters from FP32's outputs.
        reduced: time to compile floating point as deployed, and for each image judged, if that is
            BF16 or FP16; None if it is FP32.
        latency_reduced: time of one inference of floating point as deployed.
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
    measures_groups: bool = False
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
        ranking: greatest number of images on which groups are measured.
        evaluations: greatest number of evaluated candidates; None if the number of groups decides.
        tuning: greatest seconds of fine-tuning; 0 if the config has none.
    """

    ranking: int
    evaluations: int | None
    tuning: float = 0.0
