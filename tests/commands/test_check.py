import json

import pytest

from calibrate.cli.main import run


def test_samples_are_shown(job, capsys):
    assert run(["check", str(job), "--json"]) == 0
    output = json.loads(capsys.readouterr().out)
    assert (output["samples"], output["search"], output["acceptance"]) == (30, 30, 30)
    first, second = output["shown"]
    assert first["label"] != second["label"]
    assert first["decoded"][0]["shape"] == [8, 8, 3]
    (given,) = first["inputs"]
    assert (given["shape"], given["type"]) == ([3, 8, 8], "float32")
    assert 0 <= given["low"] < given["high"] <= 1
    assert first["predicted"].endswith(" %")


def test_for_people(job, capsys):
    assert run(["check", str(job)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("The config works. Model model.xml: image [1, 3, 8, 8] float32 NCHW")
    assert out.rstrip().endswith(f"Next: calibrate run {job}".rsplit("/", maxsplit=1)[-1])
    assert not (job.parent / "out").exists()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("preset: unit", "preset: unitt", "preset"),
        ("path: model.xml", "path: modell.xml", "model.xml"),
        ("{type: classification}", "{type: segmentation}", "decoder"),
        ("{type: accuracy}", "{type: map}", "map"),
        ("data_source: data", "data_source: nothing", "nothing"),
    ],
)
def test_mistakes_are_one_message(job, old, new, message, capsys):
    text = job.read_text()
    assert old in text
    job.write_text(text.replace(old, new))
    assert run(["check", str(job)]) == 1
    err = capsys.readouterr().err
    assert err.startswith("Error: ")
    assert message in err
    assert "Traceback" not in err


def test_plugins_can_be_refused(job, capsys):
    job.write_text(job.read_text().replace("type: accuracy", "type: 'mine.py:Metric'"))
    assert run(["check", str(job), "--no-plugins"]) == 1
    assert "plugins are switched off" in capsys.readouterr().err
