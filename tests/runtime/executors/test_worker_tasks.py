"""What workers answer."""

from dataclasses import dataclass

from calibrate.runtime.executors import worker_tasks


def test_a_worker_says_what_it_is():
    @dataclass
    class Dask:
        address: str = "tcp://x"
        name: str = "x"

    facts = worker_tasks.facts(Dask())
    assert facts.versions.items() >= worker_tasks.own_versions().items()
    assert facts.versions["torch"] == worker_tasks.torch_version()
    assert facts.cores >= 1
