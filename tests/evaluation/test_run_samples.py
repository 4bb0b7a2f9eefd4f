from calibrate.evaluation.run_samples import Takers, run_samples
from calibrate.runtime.inference import Network


def test_samples_go_together_or_one_by_one(world, classifier_model):
    network = Network(classifier_model(), world.costs, batch=4)
    observed: list[object] = []

    def together(chunk, outputs):
        observed.append((list(chunk), outputs["scores"].shape))
        return chunk[0] != 4

    takers = Takers(
        lambda index, outputs: observed.append((index, outputs["scores"].shape)), together
    )
    run_samples(network, world.tensors, range(10), takers)
    assert observed == [
        ([0, 1, 2, 3], (4, 4)),
        ([4, 5, 6, 7], (4, 4)),
        *((index, (4,)) for index in (4, 5, 6, 7)),
        ([8, 9], (2, 4)),
    ]
    observed.clear()
    run_samples(Network(classifier_model(), world.costs), world.tensors, range(2), takers)
    assert observed == [(0, (4,)), (1, (4,))]
