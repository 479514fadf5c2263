"""Tuning: which learning rate and how many epochs each variant is trained with, before its seeds are run.

Every variant is tuned by the same rule, on splits of the data that no reported seed has: the mean validation
log loss over the tuning splits decides. It is a successive halving in which the resource is the number of
splits (Jamieson and Talwalkar 2016, Non-stochastic best arm identification and hyperparameter optimization,
AISTATS):

1. Every variant is trained with each rate of the search's grid on the first tuning splits. While a variant's
   best rate lies at the edge of those that it has tried, the next rate beyond is tried too, within bounds.
2. Its best rates are trained on the other splits, too, and the best over all splits is chosen. Where that
   one lies at the edge, the grid goes on again.

The number of epochs costs nothing more: a run of 40 epochs shows the validation loss of every shorter one.

Where there is more to choose than the rate, the grid has many more points for one head than for another. With
a number of settings every variant has the same budget instead: so many points drawn at random from its own
space (Bergstra and Bengio 2012, Random search for hyper-parameter optimization, JMLR 13), the second half of
them with rates near the best of the first half. Each is tried on the first splits, the best on the others.
"""

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from alternatives.experiments.data import Data
from alternatives.experiments.runs import Job, Variant, seconds_to_train, train
from alternatives.heads import Floats, Integers
from alternatives.memory import memory
from alternatives.training import History, Recipe, Subset

N_SPLITS = 5
"""Tuning splits."""
FIRST_SPLITS = 2
"""How many of them every rate is tried on."""
FINALISTS = 2
"""How many of a variant's rates are tried on the others, too."""
BOUNDS = (1e-5, 10.0)
"""The grid goes on within these rates."""
LOWER_RATES = 0.01
"""The first half of the random settings has rates from the search's smallest times this number to its
largest."""
NEAR_RATES = 3.0
"""The second half has rates up to this factor away from the best of the first."""
CRITERIA = ("log loss", "error", "Brier score")
"""What decides, on the validation sets: the mean over the tuning splits."""
FALLING = 0.01
"""A loss still falls if the last tenth of the epochs made it smaller by at least this share."""


@dataclass(frozen=True)
class Search:
    """What is tried for every variant.

    With one rate that rate is given; with `any_epoch` every number of epochs up to `n_epochs` is tried.
    """

    rates: tuple[float, ...]
    n_epochs: int
    any_epoch: bool
    criterion: str = CRITERIA[0]
    n_settings: int | None = None
    """How many settings each variant tries, drawn at random; None for all, and a grid that goes on."""

    @property
    def any_rate(self) -> bool:
        """Whether rates are tried."""
        return len(self.rates) > 1

    @property
    def needed(self) -> bool:
        """Whether there is anything to choose."""
        return self.any_rate or self.any_epoch

    def epoch(self, losses: Floats) -> int:
        """The best number of epochs by the losses (n_epochs,) after each epoch."""
        return int(np.argmin(losses)) + 1 if self.any_epoch else self.n_epochs

    def settings(self, forms: Sequence[Variant]) -> list[tuple[Variant, float]]:
        """What is tried at first of a variant's forms, each with a rate; of random settings one half."""
        if self.n_settings is None:
            return [(form, rate) for form in forms for rate in self.rates]
        bounds = LOWER_RATES * self.rates[0], self.rates[-1]
        return self._random(forms, range(math.ceil(self.n_settings / 2)), bounds)

    def around(self, forms: Sequence[Variant], rate: float) -> list[tuple[Variant, float]]:
        """The other half of the random settings, with rates near the best of the first."""
        if self.n_settings is None:
            return []
        bounds = rate / NEAR_RATES, min(rate * NEAR_RATES, BOUNDS[1])
        return self._random(forms, range(math.ceil(self.n_settings / 2), self.n_settings), bounds)

    def _random(
        self, forms: Sequence[Variant], numbers: range, bounds: tuple[float, float]
    ) -> list[tuple[Variant, float]]:
        """Random settings of these numbers; the same for every variant with as many forms."""
        random = np.random.default_rng([len(forms), numbers.start])
        # Every form as often as the others, but for one time.
        rounds = [
            np.random.default_rng(n).permutation(len(forms)) for n in range(-(-numbers.stop // len(forms)))
        ]
        order = np.concatenate([*rounds, np.empty(0, int)])[numbers.start : numbers.stop]
        rates = [self.rates[0]] * len(numbers)
        if self.any_rate:
            # A random one from each of equal parts of the logarithm's range, to two figures.
            low, high = np.log(bounds)
            places = (np.arange(len(numbers)) + random.random(len(numbers))) / len(numbers)
            rates = [float(f"{rate:.2g}") for rate in np.exp(low + (high - low) * random.permutation(places))]
        return list(dict.fromkeys((forms[index], rate) for index, rate in zip(order, rates, strict=True)))

    def beyond(self, tried: Sequence[float], rate: float) -> list[float]:
        """The next rates of the grid where one lies at the edge of those that were tried."""
        if not self.any_rate:
            return []
        ends = {min(tried): -1, max(tried): 1}
        following = next_rate(rate, ends[rate]) if rate in ends else rate
        return [following] if BOUNDS[0] <= following <= BOUNDS[1] and following != rate else []


def next_rate(rate: float, step: int) -> float:
    """The neighbour of a rate in 1, 3, 10, 30, …: the next one up for step 1, or down for −1."""
    place = round(2 * math.log10(rate)) + step
    return float(f"{(1, 3)[place % 2]}e{place // 2}")


@dataclass(frozen=True, eq=False)
class Trial:
    """One candidate at one rate on some tuning splits."""

    job: Job
    history: History
    """Arrays (n_splits, 1, n_epochs, …)."""
    criterion: str = CRITERIA[0]

    @cached_property
    def losses(self) -> NDArray[np.float64]:
        """The criterion (n_epochs,), a mean over the validation sets; infinite if a run diverged."""
        return self.mean(self.criterion)

    def mean(self, criterion: str) -> NDArray[np.float64]:
        """As `losses`, of any criterion."""
        losses = of_history(self.history, criterion)[:, 0].astype(np.float64)
        return losses.mean(0) if np.isfinite(losses).all() else np.full(losses.shape[1], np.inf)

    @property
    def n_splits(self) -> int:
        """How many splits it was tried on."""
        return len(self.history.training_loss)

    def loss(self, search: Search) -> float:
        """The loss at its best number of epochs."""
        return float(self.losses[search.epoch(self.losses) - 1])

    def and_then(self, other: "Trial") -> "Trial":
        """With the splits of another one."""
        return Trial(self.job, self.history.and_splits(other.history), self.criterion)


def of_history(history: History, criterion: str) -> Floats:
    """A criterion (n_splits, n_settings, n_epochs) on the validation sets, not finite for diverged runs."""
    if criterion == "log loss":
        return history.validation_log_loss
    if criterion == "Brier score":
        return history.validation_brier
    # A network whose probabilities aren't numbers has an accuracy all the same.
    return np.where(np.isfinite(history.validation_log_loss), 1 - history.validation_accuracy, np.nan)


@dataclass(frozen=True, eq=False)
class Tuning:
    """What was tried for each variant, and what was chosen.

    Attributes
    ----------
    search : Search
    trials : tuple of tuples of Trial
        By variant: every candidate at every rate.
    winners : tuple of Trial
        Each variant's best.
    seconds : float
        Time of one core that the tuning took.
    """

    search: Search
    trials: tuple[tuple[Trial, ...], ...]
    winners: tuple[Trial, ...]
    seconds: float

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Each variant at its chosen rate and number of epochs."""
        return tuple(
            Job(winner.job.variant, winner.job.learning_rate, self.search.epoch(winner.losses))
            for winner in self.winners
        )

    @cached_property
    def by_split(self) -> dict[str, Floats]:
        """What each tuning split alone would have chosen, by measure.

        Arrays (n_variants, n_splits): a variant's mean over the validation sets of all splits at the setting
        whose loss on this one split is least, among those that were tried on all. How much they vary says how
        much the choice owes to chance.
        """
        most = max(winner.n_splits for winner in self.winners)
        found: dict[str, list[list[float]]] = {}
        for own in self.trials:
            histories = [trial.history for trial in own if trial.n_splits == most]
            losses, accuracy, confidence, brier = (
                np.stack([getattr(history, f"validation_{name}")[:, 0] for history in histories])
                for name in ("log_loss", "accuracy", "confidence", "brier")
            )
            if not self.search.any_epoch:
                losses, accuracy, confidence, brier = (
                    each[..., -1:] for each in (losses, accuracy, confidence, brier)
                )
            decisive = np.stack([of_history(each, self.search.criterion)[:, 0] for each in histories])
            decisive = decisive if self.search.any_epoch else decisive[..., -1:]
            finite = np.where(np.isfinite(decisive), decisive, np.inf)
            chosen = [np.unravel_index(each.argmin(), each.shape) for each in finite.swapaxes(0, 1)]
            measures = {
                "log loss": losses,
                "accuracy": accuracy,
                "mean confidence": confidence,
                "confidence minus accuracy": confidence - accuracy,
                "Brier score": brier,
            }
            for name, values in measures.items():
                means = values.mean(1)  # over the splits: (n_trials, n_epochs)
                found.setdefault(name, []).append([float(means[place]) for place in chosen])
        return {name: np.array(values) for name, values in found.items()}

    @property
    def at_edge(self) -> NDArray[np.bool_]:
        """Whether a variant's rate (n_variants,) is the last one within `BOUNDS`."""
        if not self.search.any_rate:
            return np.zeros(len(self.winners), bool)
        found = []
        for winner, trials in zip(self.winners, self.trials, strict=True):
            # Of random settings a form has few rates: the variant's are those that were within reach.
            same = [each.job for each in trials if each.job.variant == winner.job.variant]
            jobs = same if self.search.n_settings is None else [each.job for each in trials]
            own = [job.learning_rate for job in jobs]
            found.append(winner.job.learning_rate in (min(own), max(own)))
        return np.array(found)

    @property
    def at_cap(self) -> NDArray[np.bool_]:
        """Whether a variant's number of epochs (n_variants,) is the most that was allowed."""
        return np.array([self.search.any_epoch and job.n_epochs == self.search.n_epochs for job in self.jobs])

    @property
    def still_falling(self) -> NDArray[np.bool_]:
        """Whether a variant's validation loss (n_variants,) still fell at the last epoch."""
        return np.array([still_falling(winner.losses) for winner in self.winners])


def still_falling(losses: Floats) -> bool:
    """Whether the last tenth of the epochs lowered a loss (n_epochs,) by `FALLING` or more."""
    n_last = math.ceil(len(losses) / 10)
    before, last = losses[:-n_last], losses[-n_last:]
    return bool(len(before) and np.isfinite(last).all() and last.min() < (1 - FALLING) * before.min())


Watch = Callable[[int, float, Callable[[], History]], None]
"""Hears of finished epochs, the share that is done, and how to get the history of each variant's best.

The history has arrays (n_splits, n_variants, n_epochs, …). What it raises stops the tuning.
"""


def tune(
    candidates: Sequence[Sequence[Variant]],
    search: Search,
    recipe: Recipe,
    data: Data,
    seeds: range,
    watch: Watch | None = None,
    n_jobs: int | None = None,
) -> Tuning:
    """Choose rate and epochs for every variant.

    Parameters
    ----------
    candidates : sequence of sequences of Variant
        By variant: itself, or several forms of it, of which the best is chosen.
    search : Search
    recipe : Recipe
        How runs learn; its number of epochs is not used.
    data : Data
        The tuning splits.
    seeds : range
        Their seeds, as many as there are splits.
    watch : callable, optional
    n_jobs : int, optional
        Worker processes; the result doesn't depend on them.
    """
    tournament = _Tournament(candidates, search, recipe, data, seeds, watch, n_jobs)
    first, rest = tournament.first, tournament.rest
    wanted = [
        ((index, form), rate)
        for index, forms in enumerate(candidates)
        for form, rate in search.settings(forms)
    ]
    tournament.run(wanted, first, (0.0, 0.5 if search.n_settings is None else 0.4))
    if search.n_settings is not None:
        tournament.run(tournament.around(), first, (0.4, 0.6))
    tournament.go_on(first, (0.5, 0.6))
    if rest:
        tournament.run(tournament.finalists(), rest, (0.6, 1.0))
        tournament.go_on(range(len(seeds)), (1.0, 1.0))
    return tournament.tuning()


Tuned: TypeAlias = tuple[tuple[Trial, ...], Trial]
"""All trials of a variant, and the best."""


def tune_once(
    candidates: Sequence[Sequence[Variant]],
    search: Search,
    recipe: Recipe,
    split: Callable[[], Data],
    seeds: range,
    of: Hashable,
    watch: Watch | None = None,
    n_jobs: int | None = None,
) -> Tuning:
    """As `tune`, but variants that were tuned before on the same data aren't tuned again.

    `split` gives the data, and `of` says what they are. A variant is tuned alike whatever the others are, so
    whoever changes the seeds or adds a head finds the others tuned, as long as they are kept.
    """
    keys = [(tune_once, of, seeds, search, recipe, tuple(forms)) for forms in candidates]
    found = {place: memory.get(key) for place, key in enumerate(keys)}
    known: dict[int, Tuned] = {place: tuned for place, tuned in found.items() if tuned is not None}
    missing = [place for place in range(len(keys)) if place not in known]
    seconds = 0.0
    if missing:
        first = slice(FIRST_SPLITS)

        def every(history: Callable[[], History]) -> History:
            """The history of all variants; of those that were tuned before, their best."""
            so_far = history()
            found = {place: so_far.of(np.array([index])) for index, place in enumerate(missing)}
            found |= {place: winner.history.splits(first) for place, (_, winner) in known.items()}
            return History.side_by_side([found[place] for place in range(len(keys))])

        def report(epoch: int, fraction: float, history: Callable[[], History]) -> None:
            if watch:
                watch(epoch, fraction, lambda: every(history))

        own = [candidates[place] for place in missing]
        tuned = tune(own, search, recipe, split(), seeds, report, n_jobs)
        seconds = tuned.seconds
        known |= dict(zip(missing, zip(tuned.trials, tuned.winners, strict=True), strict=True))
        for place in missing:
            memory.keep(keys[place], known[place])
    trials, winners = zip(*(known[place] for place in range(len(keys))), strict=True)
    return Tuning(search, trials, winners, seconds)


Candidate: TypeAlias = tuple[int, Variant]
"""The index of a variant, and one of its forms."""


class _Tournament:
    """The trials so far, and how more are made."""

    def __init__(
        self,
        candidates: Sequence[Sequence[Variant]],
        search: Search,
        recipe: Recipe,
        data: Data,
        seeds: range,
        watch: Watch | None,
        n_jobs: int | None,
    ) -> None:
        self.n_variants = len(candidates)
        self.candidates: list[Candidate] = [
            (index, form) for index, forms in enumerate(candidates) for form in forms
        ]
        self.first = range(min(FIRST_SPLITS, len(seeds)))
        self.rest = range(len(self.first), len(seeds))
        self._search, self._recipe, self._data, self._seeds = search, recipe, data, seeds
        self._watch, self._n_jobs = watch, n_jobs
        self._trials: dict[Candidate, dict[float, Trial]] = {each: {} for each in self.candidates}
        self._seconds = self._done = 0.0

    def run(
        self, wanted: Sequence[tuple[Candidate, float]], splits: range, shares: tuple[float, float]
    ) -> None:
        """Train candidates at rates on some splits; `shares` of the whole are done before and after."""
        if not wanted:
            return
        jobs = [Job(form, rate, self._search.n_epochs) for (_, form), rate in wanted]
        part = slice(splits.start, splits.stop)
        is_first = not any(self._trials.values())

        def report(epoch: int, fraction: float, history: Callable[[], History]) -> None:
            if self._watch is None:
                return
            self._done = done = max(self._done, shares[0] + (shares[1] - shares[0]) * fraction)
            if is_first:
                owners = np.array([index for (index, _), _ in wanted])
                criterion = self._search.criterion
                self._watch(epoch, done, lambda: _best_so_far(history(), owners, self.n_variants, criterion))
            else:
                self._watch(self._search.n_epochs, done, lambda: self._best_on_first)

        sets = self._data.training.of(part), self._data.validation.of(part)
        runs = train(jobs, self._recipe, self._seeds[part], *sets, report, self._n_jobs)
        self._seconds += float(runs.seconds.sum()) * len(splits)
        for place, ((candidate, rate), job) in enumerate(zip(wanted, jobs, strict=True)):
            trial = Trial(job, runs.history.of(np.array([place])), self._search.criterion)
            known = self._trials[candidate].get(rate)
            self._trials[candidate][rate] = known.and_then(trial) if known else trial

    def go_on(self, splits: range, shares: tuple[float, float]) -> None:
        """Try rates beyond those that were tried, as long as a candidate's best lies at their edge."""
        if self._search.n_settings is not None:
            return
        while wanted := [
            (each, rate)
            for each in self.candidates
            for rate in self._search.beyond(list(self._trials[each]), self.ranked(each, len(splits))[0])
        ]:
            self.run(wanted, splits, shares)

    def around(self) -> list[tuple[Candidate, float]]:
        """The second half of the random settings, of which the first half says where they lie."""
        found = []
        for index in range(self.n_variants):
            forms = [form for _, form in self._forms(index)]
            tried = [
                (trial.loss(self._search), rate)
                for each in self._forms(index)
                for rate, trial in self._trials[each].items()
            ]
            _, best = min(tried)
            found += [((index, form), rate) for form, rate in self._search.around(forms, best)]
        return [(each, rate) for each, rate in found if rate not in self._trials[each]]

    def finalists(self) -> list[tuple[Candidate, float]]:
        """The best settings on the first splits: of each form, or of each variant's random settings."""
        if self._search.n_settings is None:
            return [(each, rate) for each in self.candidates for rate in self.ranked(each)[:FINALISTS]]
        found = []
        for index in range(self.n_variants):
            every = [(each, rate) for each in self._forms(index) for rate in self._trials[each]]
            losses = {(each, rate): self._trials[each][rate].loss(self._search) for each, rate in every}
            found += sorted(every, key=lambda setting: (losses[setting], setting[1]))[:FINALISTS]
        return found

    def ranked(self, candidate: Candidate, n_splits: int = 0) -> list[float]:
        """A candidate's rates that were tried on so many splits, the best first; of equals the smaller."""
        losses = {
            rate: trial.loss(self._search)
            for rate, trial in self._trials[candidate].items()
            if trial.n_splits >= n_splits
        }
        return sorted(losses, key=lambda rate: (losses[rate], rate))

    def tuning(self) -> Tuning:
        """What was tried and chosen."""
        trials = [
            tuple(
                self._trials[each][rate] for each in self._forms(index) for rate in sorted(self._trials[each])
            )
            for index in range(self.n_variants)
        ]
        return Tuning(self._search, tuple(trials), tuple(self._winners()), self._seconds)

    def _forms(self, index: int) -> list[Candidate]:
        return [each for each in self.candidates if each[0] == index]

    def _winners(self) -> list[Trial]:
        """Each variant's best trial of those on most splits."""
        winners = []
        for index in range(self.n_variants):
            trials = [trial for each in self._forms(index) for trial in self._trials[each].values()]
            most = max(trial.n_splits for trial in trials)
            complete = [trial for trial in trials if trial.n_splits == most]
            winners.append(
                min(complete, key=lambda trial: (trial.loss(self._search), trial.job.learning_rate))
            )
        return winners

    @property
    def _best_on_first(self) -> History:
        """The history of each variant's best trial so far on the first splits."""
        return History.side_by_side([each.history.splits(slice(len(self.first))) for each in self._winners()])


def _best_so_far(history: History, owners: Integers, n_variants: int, criterion: str) -> History:
    """Of a history of all jobs, each variant's with the least loss so far; `owners` are their variants."""
    losses = of_history(history, criterion).mean(0)
    least = np.where(np.isfinite(losses), losses, np.inf).min(-1)
    members = [np.flatnonzero(owners == index) for index in range(n_variants)]
    return history.of(np.array([own[least[own].argmin()] for own in members]))


def seconds_to_tune(
    variants: Sequence[Variant], search: Search, recipe: Recipe, training: Subset, validation: Subset
) -> float:
    """Estimated time of one core of `tune`; of the sets of a split only their shapes matter.

    About one rate of each candidate turns out to lie at the edge, so that another one is tried.
    """
    rates = [*search.rates, search.rates[-1]] if search.any_rate else list(search.rates)
    if search.n_settings is not None:
        # As many jobs as are drawn, whichever forms they have.
        variants = list({variant.name: variant for variant in variants}.values())
        rates = [search.rates[0]] * search.n_settings
    rounds = (rates, range(FIRST_SPLITS)), (rates[:FINALISTS], range(FIRST_SPLITS, N_SPLITS))
    return sum(
        seconds_to_train(
            [Job(variant, rate, search.n_epochs) for variant in variants for rate in of_round],
            recipe,
            splits,
            training,
            validation,
        )
        for of_round, splits in rounds
    )
