from calibrate.migrate.accuracy_checker import Surroundings, definitions_of, drafts_of
from calibrate.migrate.places import Places


def test_a_config_with_its_definitions(checker, definitions):
    around = Surroundings(Places(source="/data"), definitions, model="/m/net.xml")
    (draft,), common = drafts_of(checker, around)
    assert common.entries == []
    assert draft.notes.full
    assert draft.document() == {
        "model": {"path": "/m/net.xml", "name": "small-net"},
        "dataset": {
            "name": "thousand",
            "adapter": {
                "type": "imagenet",
                "annotation": "/data/val.txt",
                "data_source": "/data/images",
                "names_only": True,
            },
        },
        "preprocessing": [
            {"type": "resize", "size": 256, "aspect_ratio_scale": "greater", "antialias": False},
            {"type": "crop", "size": 224},
            {"type": "normalization", "mean": [123, 117, 104], "std": 58},
        ],
        "decoder": {"type": "classification", "background_offset": 1},
        "metrics": [{"type": "accuracy", "top_k": 1, "reference": 0.718}],
        "output": {"dir": "out/small-net_thousand"},
    }


def test_metrics_of_the_definition_stand_in(checker, definitions):
    del checker["models"][0]["datasets"][0]["metrics"]
    (draft,), _ = drafts_of(checker, Surroundings(definitions=definitions))
    assert draft.metrics == [{"type": "accuracy", "top_k": 5}]


def test_a_run_for_each_launcher_and_dataset(checker, definitions):
    model = checker["models"][0]
    model["launchers"].append({"framework": "onnx_runtime", "model": "a.onnx", "adapter": "ssd"})
    model["datasets"].append({"name": "other", "data_source": "b", "subsample_size": 50})
    drafts, _ = drafts_of(checker, Surroundings(definitions=definitions))
    assert [draft.name for draft in drafts] == [
        "small-net_thousand",
        "small-net_other",
        "small-net_thousand_2",
        "small-net_other_2",
    ]
    assert drafts[1].dataset == {"name": "other", "subsample_size": 50}
    assert drafts[2].notes is not drafts[0].notes


def test_a_dataset_that_nothing_defines(checker):
    (draft,), _ = drafts_of(checker, Surroundings())
    assert [note.where for note in draft.notes.of("lost")] == ["models[0].datasets[0].name"]
    assert draft.adapter is None


def test_only_a_converted_annotation(checker, definitions):
    del definitions["thousand"]["annotation_conversion"]
    (draft,), _ = drafts_of(checker, Surroundings(definitions=definitions))
    assert draft.adapter is None
    assert draft.images == "${DATA_DIR:-.}/images"
    assert [note.where for note in draft.notes.of("lost")] == ["models[0].datasets[0].annotation"]


def test_data_that_is_no_image(checker, definitions):
    definitions["thousand"]["reader"] = "wav_reader"
    (draft,), _ = drafts_of(checker, Surroundings(definitions=definitions))
    assert (draft.adapter, draft.images, draft.steps) == (None, None, [])


def test_every_unknown_key_is_reported(checker, definitions):
    model = checker["models"][0]
    model["datasets"][0]["weather"] = model["launchers"][0]["weather"] = "fine"
    model["weather"] = checker["weather"] = "fine"
    (draft,), common = drafts_of(checker, Surroundings(definitions=definitions))
    assert {note.where for note in (*draft.notes.of("lost"), *common.of("lost"))} == {
        "weather",
        "models[0].weather",
        "models[0].launchers[0].weather",
        "models[0].datasets[0].weather",
    }


def test_pipelines_of_several_models_are_reported():
    drafts, common = drafts_of({"evaluations": [{"name": "a"}]}, Surroundings())
    assert drafts == []
    assert [note.where for note in common.of("lost")] == ["evaluations"]


def test_definitions():
    content = {"datasets": [{"name": "a", "data_source": "b"}, {"no": "name"}, 5]}
    assert definitions_of(content) == {"a": {"name": "a", "data_source": "b"}}
    assert definitions_of({"datasets": 5}) == {}
