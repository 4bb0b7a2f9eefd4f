import os

from calibrate.runtime.native_output import muted


def test_what_native_code_prints_is_not_heard(capfd):
    os.write(1, b"before ")
    with muted():
        os.write(1, b"inside ")
    os.write(1, b"after")
    assert capfd.readouterr().out == "before after"


def test_it_comes_back_after_an_error(capfd):
    try:
        with muted():
            os.write(1, b"inside")
            raise KeyError
    except KeyError:
        print("caught")  # noqa: T201  # what is tested
    assert capfd.readouterr().out == "caught\n"
