import json

import pytest

from calibrate.config.load import load_config, load_recorded
from calibrate.errors import Problems


@pytest.fixture
def job(make_job, monkeypatch):
    """A config with variables for a text, a number, and a path."""
    job = make_job()
    text = job.read_text()
    text = text.replace("name: noise", "name: ${PATIENT}\n  licence: about $${this} ${PATIENT}")
    text = text.replace("{subset_size: 16}", "\n  subset_size: ${COUNT:-16}")
    job.write_text(text.replace("data.npz", "'${PLACE}/data.npz'"))
    monkeypatch.setenv("PATIENT", "Jane Doe")
    monkeypatch.setenv("PLACE", str(job.parent))
    return job


def test_values_of_variables_are_used_and_not_recorded(job):
    resolved = load_config(job)
    assert resolved.config.dataset.name == "Jane Doe"
    assert resolved.config.quantization.subset_size == 16
    for recorded in (resolved.document, resolved.given):
        assert "Jane" not in json.dumps(recorded)
        assert recorded["dataset"]["name"] == "${PATIENT}"
        assert recorded["dataset"]["licence"] == "about $${this} ${PATIENT}"
        assert recorded["quantization"]["subset_size"] == "${COUNT:-16}"
        assert recorded["dataset"]["adapter"]["data_source"] == "data.npz"


def test_what_is_recorded_gives_the_same_config(job):
    resolved = load_config(job)
    again = load_recorded(resolved.document, job.parent, shown="a report")
    assert again.config.dataset.licence == "about ${this} Jane Doe"
    assert again.config.quantization == resolved.config.quantization
    assert (again.digest, again.document) == (resolved.digest, resolved.document)


def test_a_variable_that_is_not_set_is_reported_with_its_place(job, monkeypatch):
    resolved = load_config(job)
    monkeypatch.delenv("PATIENT")
    with pytest.raises(Problems) as error:
        load_recorded(resolved.document, job.parent, shown="a report")
    assert [(problem.where, problem.message) for problem in error.value.problems] == [
        ("a report:1 dataset.name", "the environment variable PATIENT is not set"),
        ("a report:1 dataset.licence", "the environment variable PATIENT is not set"),
    ]


def test_another_value_is_another_digest(job, monkeypatch):
    before = load_config(job)
    monkeypatch.setenv("COUNT", "17")
    after = load_config(job)
    assert before.document == after.document
    assert before.digest != after.digest


def test_overrides_may_hold_variables(job):
    resolved = load_config(job, overrides=["dataset.description=of ${PATIENT}"])
    assert resolved.config.dataset.description == "of Jane Doe"
    assert resolved.document["dataset"]["description"] == "of ${PATIENT}"


def test_a_path_that_would_show_a_value_is_recorded_as_the_expression(job, monkeypatch):
    (job.parent / "jane").mkdir()
    (job.parent / "data.npz").rename(job.parent / "jane" / "data.npz")
    monkeypatch.setenv("PLACE", "jane")
    resolved = load_config(job)
    recorded = resolved.document["dataset"]["adapter"]["data_source"]
    assert recorded == "${PLACE}/data.npz"
    again = load_recorded(resolved.document, job.parent, shown="a report")
    assert again.digest == resolved.digest
