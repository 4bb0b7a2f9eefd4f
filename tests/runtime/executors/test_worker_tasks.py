"""What workers answer."""

from dataclasses import dataclass

from calibrate.runtime.executors import worker_tasks


def test_facts_of_a_worker():
    @dataclass
    class Dask:
        address: str = "tcp://x"
        name: str = "x"

    facts = worker_tasks.facts(Dask())
    assert facts.versions.items() >= worker_tasks.own_versions().items()
    assert facts.versions["torch"] == worker_tasks.torch_version()
    assert facts.cores >= 1
