"""Choose among the workers of a cluster: by version, by name or host."""

from collections.abc import Mapping, Sequence

from calibrate.errors import CalibrateError
from calibrate.runtime.executors.worker_tasks import WorkerFacts


def check_versions(workers: tuple[WorkerFacts, ...], expected: Mapping[str, str]) -> None:
    """Refuse workers whose versions differ from the client's.

    Raises:
        CalibrateError: with each worker, package and both versions.
    """
    different = [
        f"{worker.name} ({worker.host}) has {name} {worker.versions.get(name, 'missing')}, "
        f"not {version}"
        for worker in workers
        for name, version in expected.items()
        if worker.versions.get(name) != version
    ]
    if different:
        raise CalibrateError(
            f"versions differ: {'; '.join(different)}",
            where="--cluster",
            hint="results of different versions are not mixed: install the same ones everywhere",
        )


def choose_workers(
    workers: tuple[WorkerFacts, ...], labels: Sequence[str]
) -> tuple[WorkerFacts, ...]:
    """Return the workers of these names or hosts; all of them without labels.

    Raises:
        CalibrateError: there are none.
    """
    chosen = tuple(w for w in workers if not labels or {w.name, w.host} & set(labels))
    if not chosen:
        known = ", ".join(f"{worker.name} on {worker.host}" for worker in workers)
        raise CalibrateError(
            f"no worker is called {' or '.join(labels)}",
            where="--worker",
            hint=f"there are: {known}",
        )
    return chosen
