import numpy as np
import pytest

from calibrate.commands.new.data_guess import DataGuess
from calibrate.commands.new.guess_audio import with_length
from calibrate.errors import CalibrateError
from calibrate.models.inputs import InputPlan


def data(folder, *rates, seconds):
    soundfile = pytest.importorskip("soundfile")
    for number, rate in enumerate(rates):
        silence = np.zeros(round(rate * seconds), np.float32)
        soundfile.write(folder / f"{number}.wav", silence, rate)
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
    guess = with_length(data(tmp_path, rate, seconds=seconds), plans(*shape))
    assert dict(guess.adapter) == {"type": "audio_folder", "data_source": tmp_path, **expected}
    stated = f"the files have {rate}, and their median length is {seconds} s"
    assert stated in guess.doubts[0]


def test_files_of_several_rates(tmp_path):
    guess = with_length(data(tmp_path, 8000, 44100, 44100, seconds=3), plans(1, 1000))
    assert guess.adapter["sample_rate"] == 44100
    assert "the files have 8000, 44100, and" in guess.doubts[0]


@pytest.mark.parametrize("shape", [(1, 64, 101), (1, -1), (1, 1, 64, 101)])
def test_a_model_that_takes_no_waveform(tmp_path, shape):
    with pytest.raises(CalibrateError, match="takes no waveform of a fixed length"):
        with_length(data(tmp_path, 16000, seconds=1), plans(*shape))
