"""What a run will cost, from what a probe measured: arithmetic over the stages of a run."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, log2

from calibrate.contracts.costs import Spent

RANGES_IMAGES = 16
PREPARE_IMAGES = 8
RECIPE_IMAGES = 64
RECIPE_CALIBRATION = 100
PROFILES = 4
PROFILED_INFERENCES = 14
SATURATION_IMAGES = 4
TURNS = 8
"""Of the side-by-side timing, the one for warming up included."""


@dataclass(frozen=True, slots=True)
class Line:
    """Seconds as a straight line over a number of images.

    Attributes:
        fixed: whatever the number.
        each: for each image.
    """

    fixed: float
    each: float

    def at(self, images: int) -> float:
        """Seconds for so many."""
        return self.fixed + self.each * images

    @classmethod
    def through(cls, few: tuple[int, float], more: tuple[int, float]) -> "Line":
        """Through two measurements, of images and seconds; noise makes no time run backwards."""
        (count, seconds), (further, longer) = few, more
        each = max(0.0, (longer - seconds) / (further - count))
        return cls(max(0.0, longer - each * further), each)


@dataclass(frozen=True, slots=True)
class Sets:
    """How many images a run uses for what."""

    everything: int
    calibration: int
    search: int
    acceptance: int


@dataclass(frozen=True, slots=True)
class Probe:
    """What a few images and compilations took, in seconds.

    Attributes:
        read: to read the model.
        decode: to list the dataset, and for each image.
        prepare: to simplify the model and compare it with its source.
        fp32: to compile the prepared model, and for each image judged.
        int8: likewise for plain INT8.
        plain: to quantize with the config's settings.
        recipes: to quantize with each further recipe.
        compose: to make the model of a candidate.
        footprint: to write a model and measure its memory in a process of its own.
        latency: one inference of FP32 by itself.
        latency_int8: likewise for plain INT8.
        streams: inferences in flight.
        groups: that may fall back.
    """

    read: float
    decode: Line
    prepare: float
    fp32: Line
    int8: Line
    plain: Line
    recipes: tuple[Line, ...]
    compose: float
    footprint: float
    latency: float
    latency_int8: float
    streams: int
    groups: int


@dataclass(frozen=True, slots=True)
class Effort:
    """What the config allows the search.

    Attributes:
        ranking: images on which groups are measured, at most.
        evaluations: of candidates, at most; None where the number of groups decides.
        timing: seconds of the side-by-side timing.
    """

    ranking: int
    evaluations: int | None
    timing: float


def plain_passes(probe: Probe, sets: Sets, effort: Effort) -> dict[str, Spent]:
    """The stages of a run whose plain INT8 is within budget."""
    every = sets.everything
    return {
        "read model": Spent(probe.read),
        "decode": Spent(probe.decode.at(every)),
        "prepare": Spent(probe.prepare, 2, PREPARE_IMAGES),
        "fp32": Spent(probe.fp32.at(every), 1, every),
        "calibration": Spent(probe.plain.at(sets.calibration), 0, sets.calibration),
        "int8": Spent(probe.compose + probe.int8.at(every), 1, every),
        **_ending(probe, effort, {"fp32": probe.latency, "int8": probe.latency_int8}),
    }


def full_search(probe: Probe, sets: Sets, effort: Effort) -> dict[str, Spent]:
    """The stages of a run that tries every recipe and then searches layers."""
    ranking = min(effort.ranking, sets.search)
    few = min(RECIPE_IMAGES, sets.search)
    most = min(RECIPE_CALIBRATION, sets.calibration)
    recipes = Spent()
    for recipe in probe.recipes:
        recipes.seconds += recipe.at(most) + _evaluated(probe, few)
        recipes.compilations += 1
        recipes.inferences += most + few
    evaluations = effort.evaluations or 3 + ceil(log2(probe.groups + 2))
    models = {"fp32": probe.latency, "int8": probe.latency_int8, "result": probe.latency}
    ending = _ending(probe, effort, models)
    alone = PROFILED_INFERENCES * probe.latency + probe.compose + probe.fp32.fixed
    stages = plain_passes(probe, sets, effort)
    return {
        **{name: spent for name, spent in stages.items() if name not in ending},
        "recipes": recipes,
        "sensitivity": Spent(
            probe.groups * _evaluated(probe, ranking), probe.groups, probe.groups * ranking
        ),
        "profile": Spent(
            PROFILES * alone + probe.fp32.at(SATURATION_IMAGES),
            PROFILES + 1,
            PROFILES * PROFILED_INFERENCES + SATURATION_IMAGES,
        ),
        "candidates": Spent(
            evaluations * _evaluated(probe, sets.search), evaluations, evaluations * sets.search
        ),
        "acceptance": Spent(_evaluated(probe, sets.acceptance), 1, sets.acceptance),
        **ending,
    }


def resident(limit: int, inputs: int, others: int) -> int:
    """Bytes of samples that stay in memory, as `calibrate.data.room` shares it out.

    Args:
        limit: bytes.
        inputs: of all samples; they are in memory together or not at all.
        others: of annotations and FP32's outputs, as many as fit.
    """
    kept = inputs if inputs <= limit else 0
    return kept + min(limit - kept, others)


def total(stages: Mapping[str, Spent]) -> Spent:
    """The sum over all stages."""
    return Spent(
        sum(spent.seconds for spent in stages.values()),
        sum(spent.compilations for spent in stages.values()),
        sum(spent.inferences for spent in stages.values()),
    )


def _evaluated(probe: Probe, images: int) -> float:
    """Seconds of a candidate: between FP32 and INT8, so the slower of both is taken."""
    each = max(probe.fp32.each, probe.int8.each)
    return probe.compose + probe.int8.fixed + each * images


def _ending(probe: Probe, effort: Effort, latencies: Mapping[str, float]) -> dict[str, Spent]:
    """Timing, memory and ranges: what follows every search."""
    models = len(latencies)
    slot = effort.timing / (2 * TURNS * models)
    inferences = sum(
        max(3, round(slot / latency)) + max(2 * probe.streams, min(512, round(slot / latency)))
        for latency in latencies.values()
    )
    compiled = probe.fp32.fixed + RANGES_IMAGES * probe.latency
    return {
        "timing": Spent(
            effort.timing + 2 * models * probe.fp32.fixed, 2 * models, TURNS * inferences
        ),
        "memory": Spent(ceil(models / 2) * probe.footprint),
        "ranges": Spent(compiled, 1, RANGES_IMAGES),
    }
