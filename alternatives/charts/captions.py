"""What to look at in a chart: the lines that stand with it, on its page and in a picture of it."""

from collections.abc import Iterable

from alternatives.experiments.curves import RELATIVE_UPDATE, SIGNAL_TO_NOISE
from alternatives.heads import Head
from alternatives.heads.head import UnitSumHead
from alternatives.wording import listed

DOTS = "Each dot is one seed. Large marks: mean with 95 % CI. Dashed: the baseline's mean."
EARLIER = "The earlier a line flattens, the faster the head learns."

CURVES = {
    "training loss": "Each head has its own loss: compare shapes, not heights. Thin dotted: after a head's "
    "last epoch.",
    "validation loss": "Each head's own loss, too. A curve that turns up shows overfitting.",
    "validation accuracy": EARLIER,
}

NOISY_LABELS = "Some validation labels are wrong: it is lower than on the test set, whose labels are right."


def of_curve(name: str, label_noise: float = 0.0) -> str:
    """The caption of a curve by epoch; empty where there is none."""
    noisy = [NOISY_LABELS] if name == "validation accuracy" and label_noise else []
    return " ".join(filter(None, [CURVES.get(name, ""), *noisy]))


OVERLAID = "Colour: head. Mark and dash: pin. Thick and solid: the reference."

FOREST = (
    "Mark and bar: mean difference over the seeds with its 95 % CI, corrected for comparing several heads. "
    "Shaded: too small to matter. Equivalent: the whole bar is shaded. Better, worse, higher or lower: any "
    "other bar on one side of 0. Undecided: the bar holds 0 and leaves the shade."
)
NEW_DATA = "Measures without bars: how much they vary between data sets isn't estimated."
ALONE = "Nothing to compare: only one head is chosen."

SIZES = {
    False: "Mean norm. Look for gradients that vanish while accuracy is low. Compare shapes, not heights: "
    "Adam ignores the scale. Thin dotted: after a head's last epoch.",
    True: "Each run divided by its own first epoch. Look for curves that stay high: samples that can't be "
    "fitted, for example with noisy labels.",
}
"""Of a gradient's size, as it is and relative to the first epoch."""

GRADIENTS = {
    SIGNAL_TO_NOISE: "Squared norm of an epoch's mean gradient over the variance of its mini-batches. Far "
    "below 1, a step is mostly noise. A higher learning rate lowers it.",
    RELATIVE_UPDATE: "How far one step moves the weights, relative to their norm. With Adam it depends on "
    "the learning rate, not on a gradient's scale.",
}
"""Of what else is shown of gradients."""

CALIBRATION = (
    "Above the diagonal: underconfident. Below: overconfident. Grey: where 95 % of a calibrated "
    "head's points would lie. Bars: share of the samples. ECE: expected calibration error; its "
    "chance level is the error that a calibrated head with these confidences would show."
)
CALIBRATION_OF_PINS = "Above the diagonal: underconfident. Below: overconfident. Large marks: many samples."
SLIDER = (
    "Move T: each head's probabilities are raised to 1/T and normalised. Above 1 a head is less confident, "
    "below 1 more; its accuracy stays the same. Chance: what ECE a calibrated head would have, as trained."
)
ACCURACY_CALIBRATION = (
    "As trained (T = 1). Best: top left. Bars: 95 % CI of each mean. Dashed: the calibration error that "
    "chance alone makes. Whether two heads differ is decided under “Differences”, over the same seeds."
)
BY_TEMPERATURE = (
    "Mark: the T with the lowest log loss on the test set. Left of 1: the head was mostly underconfident. "
    "Right: mostly overconfident. A few errors with high confidence weigh much here, and little in the mean "
    "of confidence minus accuracy, so the two need not agree."
)
AT_SLIDER = "Grey: the T of the reliability diagrams."
TEMPERATURE = (
    "Hollow: as trained. Filled: every head's probabilities (not its logits) raised to 1/T and "
    "normalised; for softmax that divides the logits by T. Each run's T is fitted on its validation "
    "set, with a weak pull towards 1."
)
TRAINING_TIME = (
    "For one run: number of epochs × time of an epoch. Heads train for different numbers of epochs, so "
    "compare the times of an epoch. Heads of one family are timed together, as they are computed together."
)
MISTAKES = (
    "Test samples that one head gets wrong, the most confident errors first: other heads may get these right "
    "and others wrong. In a sample's probabilities ▼ marks the true class."
)
CLICK = "Click on a cell of the matrix for its samples, and on a sample for every head's probabilities."
CONFUSION = (
    "Test samples of all seeds; errors are off the diagonal. With many classes, only those confused most "
    "are shown."
)
REGIONS = (
    "A colour a class. The deeper the colour, the more confident the head; where it fades, two classes meet. "
    "Points: test set of seed {}."
)
MOVING_REGIONS = (
    "How each head's network divides the plane, epoch by epoch. A colour and a mark a class: "
    "filled marks are the test samples of seed {}, hollow ones the predicted class. The deeper the colour, "
    "the more confident the head; where it fades, two classes meet. Click on a sample for its probabilities."
)
TRIED = "Each line is a learning rate. The large mark is what was chosen."

GRADIENT = (
    "If class {} is right: how the loss changes with each logit. Gradient descent raises the logits whose "
    "bars go down, and lowers the others. Outlined: the right class."
)
MOVING = "Values of class {}, the target. Dashed line and large marks: the current logit."
JACOBIAN = (
    "How fast each probability (row) rises or falls as a logit (column) rises. The deeper the colour, the "
    "faster."
)
PLANE = (
    "The logits of classes {} and {} vary, the third stays. Digits and colours name the winner; the deeper "
    "the colour, the more confident. Dotted: the winner is not the largest logit. ✚: current logits."
)

DIFFERENCES = {
    "log loss": "Worse: the whole bar lies above 0, and part of it beyond the margin.",
    "accuracy": "Worse: the whole bar lies below 0, and part of it beyond the margin.",
    "confidence minus accuracy": "Below: less confident, compared with how often they are right.",
}
"""Of each measure's differences by number of classes."""

CORRELATIONS = "Correlations between the units of the last hidden layer: the deeper, the stronger."
SINGULAR = "Singular values: a line that drops early leaves dimensions unused. Inactive units are still."
BY_KEY = (
    "Each row: the key that is asked for. Each column: the key of a pair. The deeper the colour, the larger "
    "the pair's mean weight, up to 100 %. A network that looks at the right pair alone draws the diagonal."
)
ROWS = (
    "Test digits of the first seed, and beside each row its weight: the deeper the colour, the larger, up to "
    "a third."
)
WEIGHTS = "Mean weights. A flat line means no choice."
EXPERTS = "A level line: all experts are used equally."
GATE_REGIONS = (
    "A colour a class. Each expert draws a straight border; the gate decides which expert counts where."
)


def probabilities(heads: Iterable[Head], marks_target: bool = True) -> str:
    """Of each head's probabilities."""
    target = " The bar with an outline: the target, which is the right class." if marks_target else ""
    separate = [head.name for head in heads if not isinstance(head, UnitSumHead)]
    sums = f" The values of {listed(separate)} need not sum to 1." if separate else ""
    return f"One bar for each class.{target}{sums}"
