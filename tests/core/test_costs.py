import pytest

from calibrate.core.costs import Costs, Spent


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_an_inner_stage_counts_for_itself_alone():
    clock = Clock()
    costs = Costs(clock)
    with costs.stage("outer"):
        clock.now += 1
        costs.spend(compilations=1)
        with costs.stage("inner"):
            clock.now += 10
            costs.spend(inferences=5)
        clock.now += 2
        costs.spend(inferences=1)
    assert costs.stages["outer"].seconds == pytest.approx(3)
    assert (costs.stages["outer"].compilations, costs.stages["outer"].inferences) == (1, 1)
    assert costs.stages["inner"].seconds == pytest.approx(10)
    assert costs.stages["inner"].inferences == 5
    assert list(costs.stages) == ["outer", "inner"]
    total = costs.total
    assert (total.seconds, total.compilations, total.inferences) == (pytest.approx(13), 1, 6)


def test_a_stage_may_come_again_and_may_fail():
    clock = Clock()
    costs = Costs(clock)

    def fail() -> None:
        with costs.stage("a"):
            clock.now += 1
            raise ValueError("no")

    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            fail()
    assert costs.stages["a"].seconds == pytest.approx(2)
    costs.spend(inferences=1)
    assert costs.stages["other"].inferences == 1


def test_nothing_spent():
    assert (Costs(lambda: 0.0).total.seconds, Costs(lambda: 0.0).stages) == (0, {})
    assert Spent().inferences == 0


def test_a_stage_under_way_is_counted_so_far():
    clock = Clock()
    costs = Costs(clock)
    with costs.stage("a"):
        clock.now += 3
        costs.spend(inferences=2)
        assert costs.so_far("a") == Spent(3, 0, 2)
        with costs.stage("b"):
            clock.now += 4
            assert costs.so_far("b") == Spent(4, 0, 0)
    assert costs.so_far("a") == Spent(3, 0, 2)
    assert costs.so_far("never begun") == Spent()
