import json
import shutil
from pathlib import Path

import openvino as ov
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import calibrate
from calibrate.cli.main import run
from calibrate.models.certificate import certificate_of, certify
from calibrate.models.read import read_model
from calibrate.models.signed_file import sign_file
from calibrate.models.write import write_model


def verify(path: Path, *words: str) -> int:
    return run(["verify", str(path), "--no-progress", *words])


def flip(path: Path, position: int) -> None:
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(bytes(content))


def test_the_promise_holds(certified, capsys):
    assert verify(certified) == 0
    out = capsys.readouterr().out
    assert out.startswith("≈ ACCEPTED, NOT PROVEN on 15 certified acceptance samples")
    assert "accuracy@1" in out


def test_json(certified, capsys):
    assert verify(certified, "--json", "-q") == 0
    output = json.loads(capsys.readouterr().out)
    assert (output["passed"], output["intact"], output["images"]) == (True, True, 15)
    (kept,) = output["metrics"]
    assert kept["value"] == kept["certified_value"]


def test_where_halves_judged_each_other_all_images_judge(certified, capsys):
    model = read_model(certified)
    held = certificate_of(model)
    held["dataset"]["folds"] = 2
    certify(model, held)
    write_model(model, certified)
    assert verify(certified, "--json", "-q") == 0
    output = json.loads(capsys.readouterr().out)
    assert (output["intact"], output["images"]) == (True, 30)


@pytest.mark.parametrize(("counted", "estimate", "code"), [(0.0, 0.04, 0), (-0.1, 0.0, 4)])
def test_the_certified_estimate_moves_with_what_is_counted(certified, counted, estimate, code):
    model = read_model(certified)
    held = certificate_of(model)
    held["metrics"]["accuracy@1"]["result"]["acceptance"] |= {"drop": counted, "estimate": estimate}
    certify(model, held)
    write_model(model, certified)
    assert verify(certified) == code


def test_one_changed_byte_of_the_weights(certified, capsys):
    flip(certified.with_suffix(".bin"), 2)
    assert verify(certified) == 4
    assert capsys.readouterr().out.startswith("NOT THE CERTIFIED MODEL its graph or weights")


def test_a_byte_after_the_weights(certified, capsys):
    with certified.with_suffix(".bin").open("ab") as weights:
        weights.write(b"\0")
    assert verify(certified) == 4
    assert capsys.readouterr().out.startswith(
        "NOT THE CERTIFIED MODEL its weights file has changed since"
    )


def test_damage_beyond_reading(certified, capsys):
    # The axes of the mean are the last constant: none is at 2 ** 32.
    flip(certified.with_suffix(".bin"), -4)
    assert verify(certified) == 4
    assert capsys.readouterr().out.startswith("NOT THE CERTIFIED MODEL")


def test_a_certificate_without_a_model(certified, capsys):
    certified.with_suffix(".bin").unlink()
    assert verify(certified) == 1
    assert "the weights certified.bin are missing" in capsys.readouterr().err


def test_a_changed_graph(certified, capsys):
    text = certified.read_text()
    assert 'keep_dims="false"' in text
    certified.write_text(text.replace('strides="1, 1"', 'strides="2, 2"'))
    assert verify(certified) == 4
    assert "NOT THE CERTIFIED MODEL" in capsys.readouterr().out


def test_a_drop_over_budget(certified_badly, capsys):
    assert verify(certified_badly) == 4
    assert capsys.readouterr().out.startswith("✕ OVER BUDGET on 15 certified")
    assert verify(certified_badly, "--max-drop", "1") == 0


def test_without_the_source_its_recorded_values_serve(certified, job, capsys):
    for file in job.parent.glob("model.*"):
        file.unlink()
    assert verify(certified) == 0
    assert "The certified source model is missing" in capsys.readouterr().out


def test_another_source_is_refused(certified, job, capsys):
    flip(job.parent / "model.bin", 2)
    assert verify(certified) == 1
    assert "not the FP32 model that the certificate names" in capsys.readouterr().err


def test_new_images(certified, job, capsys):
    shutil.copytree(job.parent / "data", job.parent / "more")
    (job.parent / "more" / "red" / "3.png").unlink()
    (job.parent / "more.yaml").write_text(
        "adapter: {type: image_folder, data_source: more, label_map: {red: 0, green: 1, blue: 2}}\n"
    )
    assert verify(certified, "--dataset", str(job.parent / "more.yaml")) == 0
    assert "on 29 new samples" in capsys.readouterr().out


def test_new_images_without_the_source_are_refused(certified, job, capsys):
    (job.parent / "data" / "red" / "3.png").unlink()
    for file in job.parent.glob("model.*"):
        file.unlink()
    assert verify(certified) == 1
    assert "these are not the certified images" in capsys.readouterr().err


def test_the_config_moves_with_the_model(certified, job, tmp_path_factory, capsys):
    moved = tmp_path_factory.mktemp("elsewhere") / "all"
    shutil.move(job.parent, moved)
    assert verify(moved / "out" / "certified.xml") == 0


def test_a_model_without_certificate(job, capsys):
    assert verify(job.parent / "model.xml") == 1
    assert "the model has no certificate; `calibrate run` writes one" in capsys.readouterr().err


def test_a_broken_certificate(certified, capsys):
    model = ov.Core().read_model(certified)
    model.set_rt_info("{", ["calibrate", "certificate"])
    path = certified.with_name("broken.xml")
    ov.save_model(model, path, compress_to_fp16=False)
    assert verify(path) == 1
    assert "the certificate cannot be read" in capsys.readouterr().err


def test_a_smaller_instruction_set(certified, capfd):
    assert verify(certified, "--isa", "sse41", "--max-drop", "0.04", "--json", "-q") == 0
    output = json.loads(capfd.readouterr().out)
    assert "sse41" in output["here"]
    assert output["metrics"][0]["verdict"]["max_drop"] == 0.04


def test_a_greater_cpu_is_refused(certified, monkeypatch, capsys):
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    assert verify(certified, "--isa", "avx512_core") == 1
    assert "cannot emulate avx512_core" in capsys.readouterr().err


@pytest.mark.parametrize("isa", ["neon", "avx"])
def test_unknown_sets_are_usage_errors(certified, isa, capsys):
    assert verify(certified, "--isa", isa) == 2


def edit_certificate(path: Path, change) -> None:
    """Change the certificate in the file, as somebody with an editor would."""
    model = read_model(path)
    content = certificate_of(model)
    change(content)
    model.set_rt_info(json.dumps(content), ["calibrate", "certificate"])
    write_model(model, path)


def test_an_edited_accuracy_is_reported(certified, capsys):
    def better(content):
        content["metrics"]["accuracy@1"]["result"]["acceptance"]["value"] = 0.999

    edit_certificate(certified, better)
    assert verify(certified) == 4
    assert "its certificate has changed since it was certified" in capsys.readouterr().out
    assert run(["inspect", str(certified)]) == 0
    assert "CHANGED SINCE IT WAS CERTIFIED" in capsys.readouterr().out


def test_a_python_file_that_the_certificate_names_is_not_executed(certified, capsys):
    (certified.parent / "evil.py").write_text(
        f"open({str(certified.parent / 'EXECUTED')!r}, 'w').close()\nraise SystemExit(9)\n"
    )
    model = read_model(certified)
    content = certificate_of(model)
    content["config"]["metrics"][0]["type"] = "out/evil.py:X"
    certify(model, content)
    write_model(model, certified)
    for words in ([], ["--no-plugins"], ["--no-plugins", "--allow-plugins"]):
        assert verify(certified, *words) == 1
        assert "plugins are switched off" in capsys.readouterr().err
        assert not (certified.parent / "EXECUTED").exists()
    with pytest.raises(SystemExit):
        verify(certified, "--allow-plugins")
    assert (certified.parent / "EXECUTED").exists()


def test_the_config_counts_as_it_was_given(certified):
    model = read_model(certified)
    content = certificate_of(model)
    content["config_given"] = json.loads(json.dumps(content["config"]))
    content["config"]["decoder"]["type"] = "unknown"
    certify(model, content)
    write_model(model, certified)
    assert verify(certified, "-q") == 0


def test_a_signature(certified, tmp_path, capsys):
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "public.pem").write_bytes(public)
    words = ["--verify-key", str(tmp_path / "public.pem")]
    assert verify(certified, *words) == 4
    assert "not signed with the key" in capsys.readouterr().out
    sign_file(certified, key)
    assert verify(certified, *words) == 0
    # Whoever edits the certificate and binds it anew lacks the key.
    model = read_model(certified)
    content = certificate_of(model)
    content["verdict"]["summary"] = "better than ever"
    certify(model, content)
    write_model(model, certified)
    assert verify(certified) == 0
    assert verify(certified, *words) == 4


def test_a_folder_that_is_only_readable(certified):
    before = sorted(certified.parent.iterdir())
    certified.parent.chmod(0o555)
    try:
        assert verify(certified) == 0
    finally:
        certified.parent.chmod(0o755)
    assert sorted(certified.parent.iterdir()) == before


def test_from_python(certified):
    verified = calibrate.verify(certified, max_drop=0.5)
    assert (verified.passed, verified.intact, verified.images) == (True, True, 15)
    flip(certified.with_suffix(".bin"), 4)
    assert not calibrate.verify(certified).intact


@pytest.mark.parametrize(
    ("outcome", "code", "headline"),
    [
        ("floating_point", 0, "○ FLOATING POINT on 15 certified acceptance samples"),
        ("accepted", 4, "✕ OVER BUDGET on 15 certified acceptance samples"),
    ],
)
def test_floating_point_drops_nothing_and_needs_no_proof(
    certified, capsys, outcome, code, headline
):
    model = read_model(certified)
    held = certificate_of(model)
    held["verdict"]["outcome"] = outcome
    held["config"].setdefault("budget", {})["accept"] = "confident"
    certify(model, held)
    write_model(model, certified)
    assert verify(certified) == code
    assert capsys.readouterr().out.startswith(headline)
