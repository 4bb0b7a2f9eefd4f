from calibrate.cli.options import Display
from calibrate.cli.report_page import name_page


def test_a_folder_with_an_escape_in_its_name(tmp_path, monkeypatch, capfd):
    # click itself removes colours where there is no terminal.
    monkeypatch.setattr("click.utils.should_strip_ansi", lambda *_: False)
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "out\x1b[2J\u202e" / "report.html"
    page.parent.mkdir()
    page.touch()
    name_page(page, Display(), opened=False)
    assert capfd.readouterr().out == "Report: out\\x1b[2J\\u202e/report.html\n"
