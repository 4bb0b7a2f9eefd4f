import numpy as np
import pytest

from calibrate.commands.new.data_guess import DataGuess
from calibrate.commands.new.guess_audio import with_length
from calibrate.errors import CalibrateError
from calibrate.models.inputs import InputPlan


def data(folder, rate, seconds):
    soundfile = pytest.importorskip("soundfile")
    soundfile.write(folder / "a.wav", np.zeros(round(rate * seconds), np.float32), rate)
    adapter = {"type": "audio_folder", "data_source": folder}
    return DataGuess(adapter, "class", "", content="audio")


def plans(*shape):
    return [InputPlan("x", 0, shape, "", np.dtype(np.float32), "audio")]


@pytest.mark.parametrize(
    ("rate", "seconds", "shape", "expected"),
    [
        (16000, 1, (1, 16000), {"sample_rate": 16000, "seconds": 1}),
        (44100, 1, (-1, 1, 16000), {"sample_rate": 16000, "seconds": 1, "channel_dimension": True}),
        (8000, 3, (1, 16000), {"sample_rate": 8000, "seconds": 2}),  # longer files are cut
    ],
)
def test_rate_and_length(tmp_path, rate, seconds, shape, expected):
    guess = with_length(data(tmp_path, rate, seconds), plans(*shape))
    assert dict(guess.adapter) == {"type": "audio_folder", "data_source": tmp_path, **expected}
    assert f"the files have {rate} and last {seconds} s" in guess.doubts[0]


@pytest.mark.parametrize("shape", [(1, 64, 101), (1, -1), (1, 1, 64, 101)])
def test_a_model_that_takes_no_waveform(tmp_path, shape):
    with pytest.raises(CalibrateError, match="takes no waveform of a fixed length"):
        with_length(data(tmp_path, 16000, 1), plans(*shape))
