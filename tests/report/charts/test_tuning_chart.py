from calibrate.report.charts.tuning_chart import loss_against_updates
from calibrate.report.search_section import RecipeFacts, TuningFacts


def recipe(*curves):
    return RecipeFacts(
        name="fine-tuned",
        reason="tunes weights",
        divergence=0.1,
        seconds=3.0,
        chosen=True,
        tuning=tuple(
            TuningFacts(samples=80, validation=20, planned=10, curve=curve, difference=1e-6)
            for curve in curves
        ),
    )


def test_each_model_has_a_line_relative_to_its_first_loss(make):
    drawn = make().model_copy(
        update={"recipes": (recipe(((0, 2.0), (5, 1.0), (10, 1.5)), ((0, 4.0), (10, 3.0))),)}
    )
    chart = loss_against_updates(drawn, "tuning")
    assert [len(line.points) for line in chart.lines] == [3, 2]
    heights = [y for _, y in chart.lines[0].points]
    assert heights[0] == chart.lines[1].points[0][1] == chart.y.at(1.0)
    assert heights[1] == chart.y.at(0.5) > heights[2] > heights[0]
    assert [mark.text for mark in chart.marks][1] == "5 updates: 0.5 of the loss before"
    assert chart.description.startswith("tuned on 80 samples, the loss on 20 others fell to 50 %")


def test_without_tuning_there_is_no_chart(make):
    assert loss_against_updates(make().model_copy(update={"recipes": (recipe(),)}), "x") is None
