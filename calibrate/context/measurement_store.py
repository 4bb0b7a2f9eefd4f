"""The measurement store: each measurement is made once, also across crashes; models are files."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import asdict, dataclass, field

import openvino as ov

from calibrate.config.section import Section
from calibrate.context.cache_keys import arithmetic_facts, digest_of, machine_facts, model_digest
from calibrate.context.store_backend import StoreBackend, files_digest
from calibrate.core.costs import Costs, Spent
from calibrate.core.precision import Candidate, ComputeType, Group, Precision
from calibrate.core.progress import NoProgress, Progress
from calibrate.core.tensors import Tensors
from calibrate.errors import CalibrateError
from calibrate.evaluation.recorder import CostMeter
from calibrate.models.model_files import digest_files
from calibrate.models.names import number_names
from calibrate.models.read import read_model
from calibrate.models.write import write_model
from calibrate.runtime.machine_load import Conditions
from calibrate.runtime.profiling import Executed
from calibrate.runtime.timer import TimingMachine
from calibrate.store.base import Content, Facts, ScopedJournal, key_of
from calibrate.store.invalidation import invalidation_reasons
from calibrate.store.machine_cache import TieredJournal

TIMED_SAMPLES = 32
"""Samples of which times are taken, in memory, so that no file is read meanwhile."""
_NAMED = 16
"""Digits of a key in a file name."""


@dataclass(frozen=True, slots=True)
class MeasurementStore:
    """The measurements of one run, for one prepared model and one set of images.

    Attributes:
        backend: where measurements are kept.
        facts: facts that all measurements depend on: model, images, arithmetic.
        judge: digest of decoder and metrics.
        costs: the ledger; a recalled measurement counts with its original cost.
        progress: shows which records cannot be used.
    """

    backend: StoreBackend = field(default_factory=StoreBackend)
    facts: Facts = field(default_factory=dict)
    judge: str = ""
    costs: Costs = field(default_factory=lambda: Costs(lambda: 0.0))
    progress: Progress = field(default_factory=NoProgress)
    _digests: dict[int, tuple[ov.Model, str]] = field(default_factory=dict)
    _retimed: set[str] = field(default_factory=set)

    @property
    def observations(self) -> ScopedJournal:
        """The journal of measurements that depend on decoder and metrics."""
        return ScopedJournal(self.backend.journal, {**self.facts, "decoder or metrics": self.judge})

    def report_reuse(self) -> None:
        """Report how much of an earlier run can be used, and why the rest cannot."""
        recorded, now = self.backend.journal.recorded(), self._current_facts
        usable = sum(not invalidation_reasons([facts], now) for facts in recorded)
        if usable:
            records = "1 measurement" if usable == 1 else f"{usable} measurements"
            self.progress.note(f"Continuing an earlier run: {records} can be reused.")
        for line in invalidation_reasons(recorded, now):
            self.progress.note(line)

    def tidy(self) -> None:
        """After a run, drop unused models, and outdated records if they outweigh the rest."""
        now = self._current_facts
        try:
            self.backend.forget(lambda facts: bool(invalidation_reasons([facts], now)))
        except CalibrateError as error:
            # The result is written; tidying can wait for the next run.
            self.progress.note(str(error))
            return
        if self.backend.folder is None or not self.backend.folder.is_dir():
            return
        recorded = {_file_name(facts) for facts in self.backend.journal.recorded()}
        for path in self.backend.folder.iterdir():
            if len(path.stem) == _NAMED and path.stem not in recorded:
                with suppress(OSError):
                    path.unlink()

    def of(
        self,
        candidate: Candidate,
        models: Mapping[Precision, ov.Model],
        groups: Sequence[Group],
        *,
        compute_type: ComputeType = "f32",
    ) -> ScopedJournal:
        """Return the journal of one candidate.

        Args:
            candidate: a precision for every group.
            models: that it is composed of.
            groups: in network order.
            compute_type: of its floating point.
        """
        used = [name for name in models if name in (next(iter(models)), *candidate)]
        made_of = [f"{name}={self.digest(models[name])}" for name in used]
        chosen = [
            f"{group.name}={precision}" for group, precision in zip(groups, candidate, strict=True)
        ]
        # FP32 runs keep their key from before other compute types existed.
        computed = [] if compute_type == "f32" else [f"inference precision={compute_type}"]
        return self.observations.within({"candidate": digest_of([*made_of, *chosen, *computed])})

    def get_or_compute(
        self, kind: str, depends: Facts, make: Callable[[], Content], *, timed: bool = False
    ) -> Content:
        """Return the recorded measurement, or make and record it.

        Args:
            kind: of measurement.
            depends: facts that it depends on, besides the model and the images.
            make: makes the measurement.
            timed: whether it is a time: times depend on the machine, not on the images, and are
                kept for other output folders too, unless the content is marked `disturbed`.
        """
        journal = self.of_timer if timed else ScopedJournal(self.backend.journal, self.facts)
        key = key_of(kind, {**journal.facts, **depends})
        repeat = timed and self.backend.retime and key not in self._retimed
        recorded = () if repeat else journal.recall(kind, depends)
        if recorded:
            self.costs.recall(Spent(**recorded[-1]["cost"]))
            return recorded[-1]
        with self.backend.alone() if timed else nullcontext():
            meter = CostMeter(self.costs)
            content = {**make()}
            content["cost"] = meter.read()
        self._retimed.add(key)
        if content.get("disturbed"):
            journal = ScopedJournal(self.backend.journal, journal.facts)
        journal.record(kind, depends, content)
        return content

    def quantized(
        self, make: Callable[[], ov.Model], settings: Section, samples: str, fp32: ov.Model
    ) -> ov.Model:
        """Return a quantized model, read from its file in the work folder.

        A new model is read back as well, so that a resumed run uses the same bytes as one that was
        never interrupted.

        Args:
            make: quantizes.
            settings: with a recipe's changes.
            samples: digest of the calibration samples and of the operations kept in FP32.
            fp32: the prepared model, whose names are kept.
        """
        if self.backend.folder is None:
            return make()
        depends = {"settings": digest_of([settings.model_dump_json()]), "samples": samples}
        journal = ScopedJournal(self.backend.journal, self.facts)
        path = self.backend.folder / f"{_file_name({**self.facts, **depends})}.xml"
        for content in journal.recall("model", depends):
            if files_digest(path) == content["digest"]:
                self.costs.recall(Spent(**content["cost"]))
                return read_model(path)
            self.progress.note(f"{path} is not what was written; the model is quantized again")
        meter = CostMeter(self.costs)
        model = make()
        number_names(model, {op.get_friendly_name() for op in fp32.get_ops()})
        write_model(model, path)
        journal.record("model", depends, {"digest": digest_files(path), "cost": meter.read()})
        return read_model(path)

    def is_quantized(self, settings: Section, samples: str) -> bool:
        """Return whether `quantized` would read a recorded model; see its arguments."""
        if self.backend.folder is None:
            return False
        depends = {"settings": digest_of([settings.model_dump_json()]), "samples": samples}
        journal = ScopedJournal(self.backend.journal, self.facts)
        path = self.backend.folder / f"{_file_name({**self.facts, **depends})}.xml"
        return any(files_digest(path) == c["digest"] for c in journal.recall("model", depends))

    def profile(
        self,
        model: ov.Model,
        tensors: Tensors,
        costs: Costs,
        *,
        compute_type: ComputeType = "f32",
    ) -> tuple[Executed, ...]:
        """See `runtime.profiling.profile`; on one machine a model is profiled once."""
        return self.profiles([model], tensors, costs, compute_type=compute_type)[0]

    def profiles(
        self,
        models: Sequence[ov.Model],
        tensors: Tensors,
        costs: Costs,
        *,
        compute_type: ComputeType = "f32",
    ) -> list[tuple[Executed, ...]]:
        """See `runtime.profiling.profile_together`; recorded profiles are recalled."""
        keys = [
            {"timed": model_digest(model), "inference precision": compute_type} for model in models
        ]
        journal = self.of_timer
        missing = [
            place
            for place, key in enumerate(keys)
            if self.backend.retime or not journal.recall("profile", key)
        ]
        fresh: dict[int, tuple[Executed, ...]] = {}
        conditions: list[Conditions] = []

        def make(place: int) -> Callable[[], Content]:
            return lambda: nodes(place)

        def nodes(place: int) -> Content:
            if not fresh:  # all of them in turn, counted in the cost of the first
                chosen = [models[other] for other in missing]
                samples = tensors.first(TIMED_SAMPLES)
                profiled, load = self.backend.timer.profiles(chosen, samples, costs, compute_type)
                conditions.append(load)
                fresh.update(zip(missing, profiled, strict=True))
            return {
                "nodes": [asdict(node) for node in fresh[place]],
                "conditions": asdict(conditions[0]),
                "disturbed": conditions[0].disturbed,
            }

        return [
            _executed(self.get_or_compute("profile", key, make(place), timed=True))
            for place, key in enumerate(keys)
        ]

    def digest(self, model: ov.Model) -> str:
        """Return the digest of a model that does not change; computed once per model."""
        if id(model) not in self._digests:
            # The model is kept too, so that its id cannot be reused.
            self._digests[id(model)] = (model, model_digest(model))
        return self._digests[id(model)][1]

    @property
    def _current_facts(self) -> Facts:
        return {**self.observations.facts, **machine_facts(), **self._timing_facts}

    @property
    def _timing_facts(self) -> Facts:
        """The facts that times depend on besides the model and the arithmetic."""
        machine = self.timing_machine
        return machine_facts() if machine is None else machine.facts

    @property
    def timing_machine(self) -> TimingMachine | None:
        """The machine that times; None for this one."""
        return self.backend.timer.machine

    @property
    def of_timer(self) -> ScopedJournal:
        """The journal of times; all runs that time on the same machine share it."""
        journal = TieredJournal(self.backend.journal, self.backend.machine)
        return ScopedJournal(journal, {**arithmetic_facts(), **self._timing_facts})

    @property
    def of_machine(self) -> ScopedJournal:
        """The journal of facts of this machine, not of the images; all runs on it share them."""
        journal = TieredJournal(self.backend.journal, self.backend.machine)
        return ScopedJournal(journal, {**arithmetic_facts(), **machine_facts()})


def _executed(content: Content) -> tuple[Executed, ...]:
    return tuple(
        Executed(**{**node, "names": tuple(node["names"]), "producers": tuple(node["producers"])})
        for node in content["nodes"]
    )


def _file_name(facts: Facts) -> str:
    return key_of("model", facts)[:_NAMED]
