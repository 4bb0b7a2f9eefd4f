import pytest

from calibrate.errors import CalibrateError
from calibrate.report.load import load_report, parse


def test_reads_what_was_written(make, tmp_path):
    path = tmp_path / "report.json"
    path.write_text(make().model_dump_json())
    assert load_report(path) == make()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is no JSON, or only a part of it"),
        (b'{"version": 1, "verdict": {}}', "is a report of version 1, of an earlier calibrate"),
        (b'{"version": 1, ', "is no JSON, or only a part of it"),
        (b"\xff\xfe", "is no JSON, or only a part of it"),
        (b"[" * 50_000, "is no JSON, or only a part of it"),
        (b"[1]", "is JSON, but no report"),
        (b"null", "is JSON, but no report"),
        (b"{}", "is no report: created: Field required (and 14 more problems)"),
        (b'{"version": 9}', "is a report of version 9; this calibrate reads up to 2"),
    ],
)
def test_what_is_no_report(data, message):
    with pytest.raises(CalibrateError) as caught:
        parse(data, "r.json")
    assert caught.value.where == "r.json"
    assert message in caught.value.message
    assert caught.value.hint


def test_fields_of_a_newer_release(make):
    data = make().model_dump_json().replace('"created":', '"mood":"good","created":', 1).encode()
    with pytest.raises(
        CalibrateError, match="is of a newer calibrate: this one does not know mood"
    ):
        parse(data, "r.json")


def test_every_cut_of_a_report_is_one_clear_error(make):
    data = make().model_dump_json().encode()
    for length in range(0, len(data), 97):
        with pytest.raises(CalibrateError):
            parse(data[:length], "r.json")


def test_hostile_keys_stay_on_one_line():
    with pytest.raises(CalibrateError) as caught:
        parse(b'{"version": 1, "a\\nb\\u001b[31m": 1, "created": 5}', "r.json")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(("name", "reason"), [("none", "No such file"), (".", "Is a directory")])
def test_a_file_that_cannot_be_read(tmp_path, name, reason):
    with pytest.raises(CalibrateError, match=reason):
        load_report(tmp_path / name)
