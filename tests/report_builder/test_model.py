from calibrate.config.load import load_config
from calibrate.context.dataset import choose_items, load_samples, split_samples
from calibrate.context.run_context import read_source
from calibrate.core.progress import NoProgress
from calibrate.report_builder.model import dataset_facts


def test_a_name_keeps_its_variable(make_job, monkeypatch, tmp_path):
    job = make_job()
    job.write_text(job.read_text().replace("name: noise", "name: scans of ${PATIENT}"))
    monkeypatch.setenv("PATIENT", "Jane Doe")
    resolved = load_config(job)
    _, plans = read_source(resolved)
    items = choose_items(resolved)
    tensors, _ = load_samples(resolved, items, plans, NoProgress(), tmp_path)
    facts = dataset_facts(resolved, split_samples(resolved.config, tensors))
    assert facts.name == "scans of ${PATIENT}"
