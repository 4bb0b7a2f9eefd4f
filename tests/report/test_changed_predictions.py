from calibrate.report.changed_predictions import changed, class_name, effect


def test_lost_answers_first(make):
    result = changed(make())
    assert [entry.effect for entry in result] == ["lost", "gained", "other", "other"]
    assert (result[0].label, result[0].fp32, result[0].int8) == ("1 square", "1 square", "0 circle")
    assert result[3].label == ""


def test_classes_without_a_name(make):
    assert class_name(make(), 3) == "class 3"
    assert class_name(make(), -1) == "class -1"
    assert class_name(make(labels=[]), 0) == "class 0"


def test_without_a_label_nothing_is_lost(make):
    assert [effect(change) for change in make().changes] == ["other", "gained", "lost", "other"]
