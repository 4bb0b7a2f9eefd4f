import numpy as np
import pytest

from calibrate.core.annotation import ClassLabel
from calibrate.datasets.adapters.audio_folder import AudioFolder
from calibrate.errors import CalibrateError
from calibrate.testing.adapters import check_adapter

soundfile = pytest.importorskip("soundfile")


def tone(path, *, rate=8000, seconds=0.5, channels=1, frequency=440):
    path.parent.mkdir(parents=True, exist_ok=True)
    times = np.arange(int(rate * seconds)) / rate
    wave = 0.5 * np.sin(2 * np.pi * frequency * times)
    soundfile.write(path, np.repeat(wave[:, None], channels, 1), rate)
    return wave


def test_classes_and_lengths(tmp_path):
    wave = tone(tmp_path / "no/a.wav")
    tone(tmp_path / "yes/b.flac", seconds=2.0, channels=2)
    adapter = AudioFolder(data_source=tmp_path, sample_rate=8000, seconds=1)
    items = check_adapter(adapter)
    assert [(item.id, item.annotation) for item in items] == [
        ("no/a.wav", ClassLabel(0)),
        ("yes/b.flac", ClassLabel(1)),
    ]
    first, second = (adapter.read(item).data["audio"] for item in items)
    assert first.shape == second.shape == (8000,)
    assert first[:4000] == pytest.approx(wave, abs=1e-4)
    assert not first[4000:].any()
    assert second[4000:].any()


def test_another_rate_keeps_the_tone(tmp_path):
    tone(tmp_path / "a.wav", rate=8000, seconds=1.0)
    adapter = AudioFolder(
        data_source=tmp_path, sample_rate=16000, seconds=1, channel_dimension=True
    )
    (item,) = check_adapter(adapter)
    wave = adapter.read(item).data["audio"]
    assert wave.shape == (1, 16000)
    assert item.annotation is None
    assert np.argmax(np.abs(np.fft.rfft(wave[0]))) == 440


def test_mistakes(tmp_path):
    with pytest.raises(CalibrateError, match="there is no sound file"):
        AudioFolder(data_source=tmp_path, sample_rate=8000, seconds=1).items()
    (tmp_path / "a.wav").write_bytes(b"text")
    adapter = AudioFolder(data_source=tmp_path, sample_rate=8000, seconds=1)
    with pytest.raises(CalibrateError, match="the sound cannot be read"):
        adapter.read(adapter.items()[0])
