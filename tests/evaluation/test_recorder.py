import numpy as np

from calibrate.core.costs import Costs
from calibrate.core.observation import Observation
from calibrate.evaluation.recorder import CostMeter, ObservationRecorder
from calibrate.store.base import ScopedJournal


class Recording:
    def __init__(self):
        self.records = []

    def recall(self, kind, depends):
        return ()

    def record(self, kind, depends, content):
        self.records.append([int(index) for index in content["indices"]])
        self.cost = content["cost"]

    def recorded(self):
        return ()


def grown(seen, index):
    seen.evidence[index] = (np.zeros(1),)
    seen.divergence[index] = 0.0
    seen.choices[index] = ()
    return seen


def test_it_records_every_two_seconds_and_at_the_end():
    now, journal = [0.0], Recording()
    keeper, observation = (
        ObservationRecorder(ScopedJournal(journal), Costs(lambda: now[0])),
        Observation(),
    )
    for index in range(6):
        now[0] += 0.75
        assert keeper.look(grown(observation, index)) is False
    keeper.finish()
    keeper.finish()
    assert journal.records == [[0, 1, 2], [3, 4, 5]]


def test_a_sample_that_was_interrupted_is_left_out():
    journal, observation = Recording(), Observation()
    keeper = ObservationRecorder(ScopedJournal(journal), Costs(lambda: 0.0))
    keeper.look(grown(observation, 4))
    observation.evidence[5] = (np.zeros(1),)
    keeper.finish()
    assert journal.records == [[4]]


def test_nothing_observed_is_not_recorded():
    journal = Recording()
    ObservationRecorder(ScopedJournal(journal), Costs(lambda: 0.0)).finish()
    assert journal.records == []


def test_a_record_has_the_cost_since_the_last():
    now, journal = [0.0], Recording()
    costs = Costs(lambda: now[0])
    keeper, observation = ObservationRecorder(ScopedJournal(journal), costs), Observation()
    costs.spend(compilations=1, inferences=3)
    now[0] = 5.0
    keeper.look(grown(observation, 0))
    assert journal.cost == {"seconds": 5.0, "compilations": 1, "inferences": 3}
    costs.spend(inferences=2)
    now[0] = 6.0
    keeper.look(grown(observation, 1))
    keeper.finish()
    assert journal.cost == {"seconds": 1.0, "compilations": 0, "inferences": 2}


def test_a_meter_counts_from_its_making():
    costs = Costs(lambda: 1.0)
    costs.spend(compilations=2)
    meter = CostMeter(costs)
    costs.spend(compilations=1)
    assert meter.read() == {"seconds": 0.0, "compilations": 1, "inferences": 0}
