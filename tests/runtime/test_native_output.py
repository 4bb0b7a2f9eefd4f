import os

from calibrate.runtime.native_output import suppress_native_output


def test_what_native_code_prints_is_not_heard(capfd):
    os.write(1, b"before ")
    with suppress_native_output():
        os.write(1, b"inside ")
    os.write(1, b"after")
    assert capfd.readouterr().out == "before after"


def test_it_comes_back_after_an_error(capfd):
    try:
        with suppress_native_output():
            os.write(1, b"inside")
            raise KeyError
    except KeyError:
        print("caught")  # noqa: T201  # what is tested
    assert capfd.readouterr().out == "caught\n"
