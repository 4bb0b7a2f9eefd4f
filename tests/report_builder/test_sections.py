"""A section that fails costs itself alone, with a note and a log."""

from calibrate.core.progress import NoProgress
from calibrate.report_builder.sections import Sections


def test_what_works_is_passed_on(tmp_path):
    sections = Sections(tmp_path / "work", NoProgress())
    assert sections.make("ranges", lambda: (1, 2), ()) == (1, 2)
    assert sections.notes == []
    assert not (tmp_path / "work").exists()


def test_what_fails_is_noted_and_logged(tmp_path):
    sections = Sections(tmp_path / "work", NoProgress())
    nothing: list[int] = []
    assert sections.make("ranges", lambda: nothing[1], ()) == ()
    log = tmp_path / "work" / "section-ranges.log"
    (note,) = sections.notes
    assert note.startswith("The section `ranges` of this report is missing: IndexError: list index")
    assert note.endswith(f"(traceback: {log})")
    assert "Traceback" in log.read_text()
