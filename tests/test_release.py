"""What a release packs: files that git tracks, whatever else lies in the checkout."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
STRAYS = (
    ".env",
    "id_ed25519",
    "calibrate/secret.pem",
    "calibrate/[a] b!.py",
    "calibrate/\udcff.key",  # a name that is no UTF-8
    "calibrate/known.only_here",  # ignored by a file that is not in the checkout
    "datasets/x/y.npz",
)


def command(*words: str, folder: Path) -> str:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Names in an sdist and a wheel that are built in a checkout with strays, and the tracked."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("this is no checkout of git")
    place = tmp_path_factory.mktemp("release") / "checkout"
    command("git", "clone", "-q", "--depth", "1", f"file://{ROOT}", str(place), folder=ROOT)
    for name in ("pyproject.toml", ".ci/tracked_files.py"):
        shutil.copy(ROOT / name, place / name)
    for name in STRAYS:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text("secret")
    (place / ".git" / "info" / "exclude").write_text("*.only_here\n")
    command("git", "add", "pyproject.toml", ".ci", folder=place)
    command(sys.executable, "-m", "hatchling", "build", "-d", str(place.parent), folder=place)
    tracked = set(command("git", "ls-files", folder=place).splitlines())
    (sdist,), (wheel,) = place.parent.glob("*.tar.gz"), place.parent.glob("*.whl")
    with tarfile.open(sdist) as archive:
        source = {name.partition("/")[2] for name in archive.getnames()}
    with zipfile.ZipFile(wheel) as archive:
        return source, set(archive.namelist()), tracked


def test_the_sdist_holds_tracked_files_alone(built):
    source, _, tracked = built
    assert source - tracked == {"PKG-INFO"}
    assert {"calibrate/cli/main.py", "pyproject.toml", ".ci/tracked_files.py"} <= source


def test_the_wheel_holds_the_package_alone(built):
    _, wheel, tracked = built
    modules = {name for name in wheel if name.startswith("calibrate/")}
    assert {name for name in modules if not name.startswith("calibrate/demo/")} <= tracked
    assert not {name for name in wheel for stray in STRAYS if name.endswith(stray)}
