"""The moving picture of a blurred digit: its frames as the browser draws them, with every word and number.

Lengths are whole thousandths of the longest bar, so that a picture of many frames stays small.
"""

from typing import Any

import numpy as np

from alternatives.charts.look import colour, shape
from alternatives.experiments import Comparison
from alternatives.experiments.blurred_digit import BLURS, BlurredDigits, trained_by_default
from alternatives.heads import Floats
from alternatives.memory import once
from alternatives.wording import counted, given, in_unit, percent, spelled

SIGNS = {
    "circle": "●",
    "square": "■",
    "triangle-up": "▲",
    "diamond": "◆",
    "cross": "✚",
    "triangle-down": "▼",
    "triangle-right": "▶",
    "triangle-left": "◀",
}
"""The marks of heads as characters."""
WHOLE = 1000
MOST = 0.99
UNKNOWN = "no answer: the training diverged"


@once
def picture(found: BlurredDigits) -> dict[str, Any]:
    """All frames, as JSON has them: see `_head`, `_digit` and `_answers`."""
    n_heads, n_blurs, n_digits, n_classes = found.logits.shape
    scales = [[_scale(found.logits[k, :, n]) for k in range(n_heads)] for n in range(n_digits)]
    return {
        "n_classes": n_classes,
        "blurs": ["sharp", *(f"blurred by {given(blur)} pixel{'s' * (blur != 1)}" for blur in BLURS[1:])],
        "heads": [_head(found, k) for k in range(n_heads)],
        "digits": [
            {
                "name": str(found.targets[n]),
                "pixels": [_lengths(image.ravel()) for image in found.images[:, n]],
                "scales": [_scale_in_words(*scale) for scale in scales[n]],
                "frames": [
                    [_answer(found, k, blur, n, *scales[n][k]) for k in range(n_heads)]
                    for blur in range(n_blurs)
                ],
            }
            for n in range(n_digits)
        ],
    }


def about(found: BlurredDigits, comparison: Comparison) -> str:
    """How the picture was made, in a sentence or two, and whether its networks are those of a comparison."""
    digits = counted(found.n_training, "sharp digit")
    networks = f"The networks of the comparison below, trained on {digits}."
    if not trained_by_default(comparison):
        networks = f"Trained on {digits} with right labels, as by default, whatever is chosen."
    seeds = counted(found.n_seeds, "seed")
    return f"{networks} All: mean over the test digits of {seeds} at this blur."


def _scale(logits: Floats) -> tuple[float, float]:
    """The least and the largest of a head's logits for one digit, 0 between them."""
    finite = logits[np.isfinite(logits)]
    return float(min(finite.min(initial=0), 0)), float(max(finite.max(initial=0), 0))


def _scale_in_words(low: float, high: float) -> dict[str, Any]:
    """What the bars of the logits reach from and to, and where their 0 stands."""
    return {"text": f"{spelled(low, 2)} to {spelled(high, 2)}", "zero": _length(-low, high - low)}


def _head(found: BlurredDigits, k: int) -> dict[str, Any]:
    """A head's look, and how it does on all test digits at each blur."""
    head = found.heads[k]
    sure, right = found.mean_confidence[k], found.accuracy[k]
    return {
        "name": str(head),
        "colour": colour(head.name),
        "sign": SIGNS[shape(head.name)],
        "all": [
            f"All: {in_unit(s, '%')} sure, {in_unit(r, '%')} right" for s, r in zip(sure, right, strict=True)
        ],
    }


def _answer(found: BlurredDigits, k: int, blur: int, n: int, low: float, high: float) -> dict[str, Any]:
    """The bars of a head's logits and probabilities, its winner, and what it says, for one frame."""
    probabilities = found.probabilities[k, blur, n]
    if not np.isfinite(probabilities).all():
        nothing = [0] * len(probabilities)
        return {"logits": nothing, "shares": nothing, "winner": -1, "right": False, "says": UNKNOWN}
    winner = int(found.winners[k, blur, n])
    right = winner == found.targets[n]
    sure = _share(float(probabilities[winner]))
    return {
        "logits": _lengths(found.logits[k, blur, n], high - low),
        "shares": _lengths(probabilities),
        "winner": winner,
        "right": bool(right),
        "says": f"{winner}, {sure} sure{'' if right else ': wrong'}",
    }


def _lengths(values: Floats, longest: float = 1.0) -> list[int]:
    return [_length(value, longest) for value in values.tolist()]


def _length(value: float, longest: float) -> int:
    return round(WHOLE * value / longest) if longest else 0


def _share(value: float) -> str:
    """A share in whole per cent, which is 100 only where it is all."""
    if not np.isfinite(value):
        return in_unit(value, "%")
    return percent(value) if value <= MOST or value == 1 else f">{percent(MOST)}"
