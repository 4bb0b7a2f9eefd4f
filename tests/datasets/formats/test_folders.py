from calibrate.datasets.formats.folders import missing_folders, remove_empty


def test_what_was_made_goes_and_what_is_used_stays(tmp_path):
    deep = tmp_path / "a" / "b" / "c"
    missing = missing_folders(deep)
    assert missing == (deep, deep.parent, tmp_path / "a")
    deep.mkdir(parents=True)
    assert missing_folders(deep) == ()
    (tmp_path / "a" / "file").touch()
    remove_empty(missing)
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["file"]
