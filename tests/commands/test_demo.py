import pytest

from calibrate.cli.main import run
from calibrate.commands.demo import CONFIG, FILES, copy_sample
from calibrate.config.load import load_config
from calibrate.errors import CalibrateError


def test_the_copied_config_is_complete(tmp_path):
    config = copy_sample(tmp_path / "demo")
    assert config == tmp_path / "demo" / CONFIG
    resolved = load_config(config)
    assert len(resolved.adapter.items()) == 1000
    assert resolved.config.output.dir == tmp_path / "demo" / "configs" / ".." / "out" / "quickstart"


def test_an_edited_file_stays(tmp_path):
    copy_sample(tmp_path)
    (tmp_path / CONFIG).write_text("edited")
    copy_sample(tmp_path)
    assert (tmp_path / CONFIG).read_text() == "edited"


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CalibrateError, match="the sample cannot be copied"):
        copy_sample(tmp_path / "file" / "demo")


def test_every_file_of_the_sample_is_packed(pytestconfig):
    text = (pytestconfig.rootpath / "pyproject.toml").read_text()
    for name in FILES:
        assert f'"{name}" = "calibrate/demo/{name}"' in text


@pytest.mark.slow
def test_the_demo_ends_with_a_report(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(["demo", "--no-progress"]) == 0
    assert (tmp_path / "calibrate-demo" / "out" / "quickstart" / "quickstart.xml").exists()
    page = tmp_path / "calibrate-demo" / "out" / "quickstart" / "report.html"
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert "report.html" in capsys.readouterr().out
