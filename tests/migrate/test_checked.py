import pytest

from calibrate.migrate.checked import checked, problems_of
from calibrate.migrate.draft import Draft
from calibrate.migrate.notes import Notes


@pytest.fixture
def draft() -> Draft:
    return Draft(
        name="a",
        notes=Notes(),
        model={"path": "a.xml", "name": "a"},
        dataset={"name": "d"},
        adapter={"type": "imagenet", "annotation": "val.txt"},
        images="images",
        steps=[{"type": "resize", "size": 8}],
        decoder={"type": "classification"},
        metrics=[{"type": "accuracy", "top_k": 1}],
        others={"budget": {"max_drop": 0.01}},
    )


def lost(draft: Draft) -> list[str]:
    return [note.where for note in draft.notes.of("lost")]


def test_a_valid_one_stays_as_it_is(draft):
    before = draft.document()
    assert checked(draft)
    assert draft.document() == before
    assert draft.notes.entries == []


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"steps": [{"type": "resize", "size": "big"}]}, "preprocessing[0].size"),
        ({"steps": [{"type": "unheard_of"}]}, "preprocessing[0].type"),
        (
            {"metrics": [{"type": "rmse"}, {"type": "accuracy", "top_k": -1}]},
            "metrics[1].top_k",
        ),
        ({"others": {"budget": {"max_drop": "much"}}}, "budget.max_drop"),
        ({"others": {"quantization": {"ignored_scope": {"names": 5}}}}, None),
        ({"model": {"path": "a.xml", "inputs": {"x": {"shape": ["a"]}}}}, None),
    ],
)
def test_what_is_refused_is_taken_out(draft, change, where):
    for name, value in change.items():
        setattr(draft, name, value)
    assert checked(draft)
    assert problems_of(draft) == []
    assert lost(draft)
    assert where is None or lost(draft) == [where]


def test_a_decoder_that_is_refused_leaves_agreement(draft):
    draft.decoder = {"type": "unheard_of"}
    assert checked(draft)
    assert draft.decoder == {"type": "raw"}
    assert draft.metrics == [{"type": "cosine_similarity"}]
    assert lost(draft) == ["decoder.type"]


def test_metrics_that_are_missing_leave_agreement_of_decisions(draft):
    draft.metrics = []
    assert checked(draft)
    assert draft.metrics == [{"type": "agreement"}]


def test_an_adapter_that_is_missing_leaves_its_images(draft):
    draft.adapter = None
    assert checked(draft)
    assert draft.adapter == {"type": "images", "data_source": "images"}
    assert draft.metrics == [{"type": "agreement"}]


def test_without_data_there_is_no_config(draft):
    draft.adapter = draft.images = None
    assert not checked(draft)
    assert lost(draft) == ["the whole"]
