"""Every kind of prediction that decoders may make and measurements may record."""

from collections.abc import Mapping

from calibrate.core.predictions.base import Prediction
from calibrate.core.predictions.class_map import ClassMap
from calibrate.core.predictions.class_scores import ClassScores
from calibrate.core.predictions.detections import Detections
from calibrate.core.predictions.embedding import Embedding
from calibrate.core.predictions.image_output import ImageOutput
from calibrate.core.predictions.instance_masks import InstanceMasks
from calibrate.core.predictions.label_scores import LabelScores
from calibrate.core.predictions.oriented_boxes import OrientedBoxes
from calibrate.core.predictions.poses import Poses
from calibrate.core.predictions.raw_outputs import RawOutputs
from calibrate.core.predictions.score_map import ScoreMap
from calibrate.core.predictions.span import Span
from calibrate.core.predictions.token_scores import TokenScores
from calibrate.core.predictions.values import Values

PREDICTION_KINDS: Mapping[str, type[Prediction]] = {
    kind.__name__: kind
    for kind in (
        ClassScores,
        LabelScores,
        Detections,
        InstanceMasks,
        Poses,
        OrientedBoxes,
        ClassMap,
        TokenScores,
        Span,
        Embedding,
        Values,
        ImageOutput,
        ScoreMap,
        RawOutputs,
    )
}
"""By class name, which is the name in records."""
