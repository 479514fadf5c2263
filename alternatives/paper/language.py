"""Language models as the subject of a series, and what its tables have of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from alternatives.language import LanguageModel
from alternatives.paper.procedure import Procedure
from alternatives.paper.tables import configuration, made_with


@dataclass(frozen=True)
class LanguageModels(Procedure[LanguageModel]):
    """Networks that predict the next word.

    Their rows have, beside what all have, `vocabulary`, the number of classes; `perplexity`, the exponential
    of the log loss; and `top10`, the share of the words that are among the network's first ten. Of a head
    without probabilities log loss and perplexity are empty.
    """

    of = LanguageModel
    rows = (
        *("experiment", "dataset", "vocabulary", "head", "seed", "error", "top10", "log_loss", "perplexity"),
        *(
            "diverged",
            "form",
            "learning_rate",
            "output_rate",
            "epochs",
            "seconds",
            "configuration",
            "versions",
        ),
    )
    search = (
        *("experiment", "dataset", "vocabulary", "head", "trial", "form", "learning_rate", "output_rate"),
        *("share", "epochs", "criterion", "loss", "chosen", "configuration"),
    )
    """`share` is that of the words that a trial learns in an epoch, and `loss` that of the `criterion` on the
    validation set after `epochs` of these."""
    exact = ("error", "top10", "log_loss")

    def searched(self, value: LanguageModel) -> pd.DataFrame:
        tuned = value.tune()
        assert tuned is not None, "a search has something to choose"
        trials = [
            {
                "vocabulary": value.vocabulary,
                "head": value.head.name,
                "trial": number,
                "form": str(trial.setting.head),
                "learning_rate": trial.setting.learning_rate,
                "output_rate": trial.setting.output_rate,
                "share": trial.share,
                "epochs": tuned.n_epochs if trial is tuned.winner else trial.n_epochs,
                "criterion": value.criterion,
                "loss": float(f"{trial.loss:.6g}"),
                "chosen": trial is tuned.winner,
            }
            for number, trial in enumerate(tuned.trials)
        ]
        return pd.DataFrame(trials).assign(configuration=configuration(value))

    def trained(self, value: LanguageModel) -> pd.DataFrame:
        assert value.tune() is None, "what is measured on the test set chooses nothing"
        rows = [
            {
                "vocabulary": value.vocabulary,
                "head": value.head.name,
                "seed": measured.seed,
                "error": measured.error,
                "top10": measured.top_10,
                "log_loss": measured.log_loss,
                "perplexity": float(np.exp(measured.log_loss)),
                "diverged": measured.diverged,
                "form": str(value.head),
                "learning_rate": value.learning_rate,
                "output_rate": value.output_rate,
                "epochs": value.n_epochs,
                "seconds": round(measured.seconds, 3),
            }
            for measured in value.run()
        ]
        return pd.DataFrame(rows).assign(configuration=configuration(value), versions=made_with())

    def as_chosen(self, value: LanguageModel, row: Mapping[Any, Any]) -> LanguageModel:
        default = LanguageModel()
        return value.replace(
            head=str(row["form"]),
            learning_rate=row["learning_rate"],
            output_rate=row["output_rate"],
            n_epochs=row["epochs"],
            **{name: getattr(default, name) for name in ("max_epochs", "head_parameters", "n_settings")},
        )
