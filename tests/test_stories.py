"""Stories: how they are read, where their steps lead, and that what they say is so."""

import functools
import random
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alternatives import Comparison
from alternatives.commands import main
from alternatives.large_output.measuring import LargeOutput
from alternatives.large_output.measuring.agreement import RACE_STEPS, errors_after
from alternatives.large_output.measuring.size import Size
from alternatives.large_output.measuring.timing import operations
from alternatives.shape import Shape
from alternatives.stories import LARGEST_FILE, MOST_STEPS, OWN, Position, Step, Story, Target, read
from alternatives.stories.kinds import KINDS
from alternatives.stories.shelf import FOLDER, shelf, stories, text_of
from alternatives.wording import NO_BREAK
from tests.kinds import reads

STORY = """
title = "Two heads"
question = "Which is surer?"

[[step]]
question = "Which?"
choices = ["softmax", "sigmoid"]
right = 2
sentence = "Sigmoid is."
link = "/shape?logits=1,2"
picture = "Probabilities"

[[step]]
sentence = "See for yourself."
link = "/compare?dataset=iris&seeds=3&epochs=2&learning_rate=0.01"
"""


def told(text: str | bytes) -> Story:
    story, problems = read(text)
    assert problems == ()
    assert story is not None
    return story


def problem(text: str | bytes) -> str:
    story, problems = read(text)
    assert story is None
    assert problems
    return "; ".join(problems)


def test_a_story_is_what_its_file_says() -> None:
    story = told(STORY)
    assert (story.title, story.question, len(story.steps)) == ("Two heads", "Which is surer?", 2)
    first, second = story.steps
    assert first.guess is not None
    assert (first.guess.question, first.guess.choices) == ("Which?", ("softmax", "sigmoid"))
    assert first.guess.choices[first.guess.right] == "sigmoid"
    assert first.target == Target("shape", Shape(logits=(1, 2)))
    assert first.picture == "Probabilities"
    assert (second.guess, second.picture, second.sentence) == (None, "", "See for yourself.")
    assert second.target.request == Comparison(dataset="iris", n_seeds=3, n_epochs=2, learning_rate=0.01)


def test_a_story_as_editors_save_it() -> None:
    assert told(STORY.replace("\n", "\r\n").encode("utf-8-sig")) == told(STORY)
    folded = STORY.replace('"Sigmoid is."', '"""\nSigmoid\n   is.\n"""')
    assert told(folded) == told(STORY)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('title = "Two heads"', "", "the story must have title"),
        ('title = "Two heads"', 'title = ""', "title must be a text of 1 to 60 characters; got ''"),
        ('title = "Two heads"', "title = 3", "title must be a text of 1 to 60 characters; got '3'"),
        ('title = "Two heads"', f'title = "{"x" * 61}"', "title must be a text of 1 to 60"),
        ('title = "Two heads"', 'title = "a\\u202eb"', "title must be a text"),
        (
            'title = "Two heads"',
            'title = "a"\nauthor = "b"',
            "the story may have title, question, step, order",
        ),
        ('title = "Two heads"', 'title = "a"\norder = 0', "order must be a whole number from 1 to 1,000"),
        ("right = 2", "right = 3", "step 1: right must be a whole number from 1 to 2; got '3'"),
        ("right = 2", "right = true", "step 1: right must be a whole number"),
        ("right = 2", "", "step 1 asks something, so it must have right, too"),
        (
            "right = 2",
            "right = 2\nanswer = 3",
            "step 1 may have sentence, link, picture, classes",
        ),
        ('"sigmoid"]', "3]", "step 1: choice must be a text"),
        ('"sigmoid"]', '"softmax"]', "step 1: choices must differ"),
        ('["softmax", "sigmoid"]', '["softmax"]', "choices must be a list of 2 to 5 texts; got one choice"),
        ('["softmax", "sigmoid"]', "{a = 1}", "choices must be a list of 2 to 5 texts"),
        ('sentence = "Sigmoid is."', "", "step 1 must have sentence"),
        ('link = "/shape?logits=1,2"', "", "step 1 must have link"),
        ("/shape?logits=1,2", "/shape?logits=1,x", "step 1: link: logits must be a number"),
        ("/shape?logits=1,2", "/shape?colour=red", "step 1: link: there is no setting 'colour'"),
        ("/shape?logits=1,2", "/nowhere", "must lead to one of /shape, /compare"),
        ("/shape?logits=1,2", "javascript:alert(1)//shape", "must lead to one of"),
        ("/shape?logits=1,2", "https://[", "link: it can't be read"),
        ("/shape?logits=1,2", f"/shape?{'a' * 10_001}=1", "a link may have at most 10,000 characters"),
        ("/shape?logits=1,2", f"/shape?{'&'.join('a=1' for _ in range(300))}", "it can't be read"),
        (
            "/shape?logits=1,2",
            "/compare?dataset=own(name=a.csv, rows=9, columns=2, checksum=0123456789abcdef)",
            "its data are in somebody's own file",
        ),
        ("[[step]]", "[step", "line 5: a ] is missing"),
        (
            'title = "Two heads"',
            'title = "Two heads',
            "line 2: a quotation mark is missing",
        ),
        ('title = "Two heads"', "title = Two heads", "line 2: a text must be between quotation marks"),
        ('["softmax", "sigmoid"]', '["softmax", "sigmoid"', "the list isn't closed"),
        ("right = 2", 'right = 2\nclasses = ["a"]', "step 1: classes must be a list of 2 names"),
        ("right = 2", 'right = 2\nclasses = ["a", "a"]', "step 1: classes must differ from each other"),
        ("right = 2", f"right = {'9' * 5000}", "a story must be TOML: "),
    ],
)
def test_what_is_wrong_is_told_with_its_place(old: str, new: str, said: str) -> None:
    assert old in STORY
    assert said in problem(STORY.replace(old, new, 1))


def test_all_problems_are_told_at_once() -> None:
    _, problems = read(STORY.replace("right = 2", "right = 3").replace('"See for yourself."', "1"))
    assert len(problems) == 2


def test_what_is_no_story_is_refused_soon() -> None:
    head = 'title = "a"\nquestion = "b"\n'
    step = '[[step]]\nsentence = "c"\nlink = "/shape"\n'
    for text, said in [
        ("", "the story must have title, question, step"),
        (b"\xff\xfe", "must be UTF-8"),
        ("a" * (LARGEST_FILE + 1), f"at most {LARGEST_FILE:,} bytes"),
        (f"a = {'[' * 20_000}", "too deep"),
        (f"{head}step = 3", "1 to 12 steps, each under"),
        (head + (MOST_STEPS + 1) * step, f"got {MOST_STEPS + 1} steps"),
        (f"{head}step = [1, 2]", "step 1 must be a table under"),
        ("".join(f"{'a.' * 200}b{n} = 1\n" for n in range(120)), "the story must have title"),
        ("\n".join(f"k{n} = 1" for n in range(4_000)), "may have title"),
    ]:
        began = time.perf_counter()
        assert said in problem(text)
        assert time.perf_counter() - began < 5
    told(head + MOST_STEPS * step)


def test_mutated_files_give_a_story_or_sentences() -> None:
    chance = random.Random(0)
    for _ in range(300):
        text = list(text_of(chance.choice(list(stories()))))
        for _ in range(chance.randint(1, 5)):
            place = chance.randrange(len(text))
            text[place] = chance.choice(['"', "[", "]", "=", "\n", "0", "\x00", "|", "é", "", "&", text[0]])
        story, problems = read("".join(text))
        assert (story is None) == bool(problems)
        assert all(each.isprintable() and len(each) < 1_000 for each in problems)


@pytest.mark.parametrize("page", KINDS)
def test_links_lead_where_the_page_reads_them(page: str) -> None:
    target = Target.of(f"/{page}")
    assert (target.page, target.link, target.parameters) == (page, f"/{page}", {})
    assert target.state == KINDS[page].state()


def test_links_as_the_page_gives_them() -> None:
    target = Target("shape", Shape(logits=(1, 2, 3), scale=2.0))
    for before in ("", "https://example.org", "http://localhost:8501/below/a/path"):
        assert Target.of(before + target.link) == target
    assert Target.of("https://example.org/") == Target.of("/compare?utm_source=x") == Target.of("/compare")


def test_every_page_has_the_pictures_of_its_results() -> None:
    for link in (
        "/shape",
        "/compare?dataset=iris&seeds=2&epochs=1&learning_rate=0.01",
        "/number_of_classes?counts=2,3&seeds=2&epochs=1&learning_rate=0.01",
        "/inside?part=gate&seeds=2&gate_epochs=1&learning_rate=0.01",
        "/claims?claim=same decision",
        "/claims",
    ):
        target = Target.of(link)
        request = target.request
        pictures = target.pictures(None if request is None else request.run())
        assert bool(pictures) == (link != "/claims")
        assert all(title == picture.title for title, picture in pictures.items())


# The shelf


def test_a_file_on_the_shelf_is_a_story_in_the_list(tmp_path: Path) -> None:
    (tmp_path / "b.toml").write_text(STORY, "utf-8")
    (tmp_path / "a.toml").write_text(f"order = 2\n{STORY}", "utf-8")
    (tmp_path / "broken.toml").write_text("title = 1", "utf-8")
    (tmp_path / "Not a name.toml").write_text(STORY, "utf-8")
    (tmp_path / "own.toml").write_text(STORY, "utf-8")
    (tmp_path / "note.txt").write_text("no story", "utf-8")
    found = shelf(tmp_path)
    assert list(found.stories) == ["a", "b"]
    assert found.problems.keys() == {"broken.toml", "Not a name.toml", "own.toml"}
    (tmp_path / "b.toml").write_text(STORY.replace("Two heads", "Two other heads"), "utf-8")
    assert shelf(tmp_path).stories["b"].title == "Two other heads"
    (tmp_path / "b.toml").unlink()
    assert list(shelf(tmp_path).stories) == ["a"]


def test_a_position_is_a_link() -> None:
    name = next(iter(stories()))
    position = Position(story=name, step=2)
    assert position.to_link() == {"story": name, "step": "2"}
    assert Position.from_link(position.to_link()) == (position, ())
    assert Position().to_link() == {}
    assert Position().opened is None
    assert position.opened == stories()[name]
    assert position.replace(story=OWN) == Position(story=OWN)
    _, problems = Position.from_link({"story": name, "step": "9"})
    assert problems == (f"step must be a whole number from 1 to {len(stories()[name].steps)}, got '9'",)
    assert "story must be one of" in Position.from_link({"story": "nope"})[1][0]


# The command


def test_the_command_tells_a_good_story(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text(STORY, "utf-8")
    assert main(["story", str(tmp_path / "good.toml")]) == 0
    said = capsys.readouterr()
    assert "2 steps, no problems found." in said.out
    assert "/shape?logits=1.0%2C2.0" in said.out or "/shape?logits=1%2C2" in said.out
    assert said.err == ""


def test_the_command_says_what_is_wrong(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text(STORY.replace("right = 2", "right = 7"), "utf-8")
    assert main(["story", str(bad), "--quick"]) == 2
    assert "step 1: right must be a whole number" in capsys.readouterr().err
    bad.write_text(STORY.replace('"Probabilities"', '"Nothing like that"'), "utf-8")
    assert main(["story", str(bad), "--quick"]) == 0
    assert main(["story", str(bad)]) == 2
    assert "step 1: picture must be one of Probabilities" in capsys.readouterr().err.replace("\n ", "")
    assert main(["story", str(tmp_path / "missing.toml")]) == 2
    assert "FILE must be a story that can be read" in capsys.readouterr().err


# What the stories say


@functools.cache
def results_of(link: str) -> Any:
    target = Target.of(link)
    assert target.request is not None
    results = target.request.run()
    return results.concluded(target.state) if isinstance(target.state, Comparison) else results


class Told:
    """A step of a story, and what is computed from its own link."""

    def __init__(self, step: Step) -> None:
        assert step.guess is not None
        self.step, self.guess = step, step.guess
        self.right = self.guess.choices[self.guess.right]
        self.said = step.sentence.replace(NO_BREAK, " ")

    @property
    def shape(self) -> Shape:
        assert isinstance(self.step.target.state, Shape)
        return self.step.target.state

    def probability(self, head: str, label: int) -> float:
        names = [name.partition("(")[0] for name in self.shape.head_names]
        return float(self.shape.probabilities[names.index(head), label])

    @property
    def winners(self) -> dict[str, int]:
        return dict(zip(self.shape.head_names, self.shape.winners.winner.tolist(), strict=True))

    @property
    def results(self) -> Any:
        return results_of(self.step.target.link)

    def mean(self, measure: str) -> dict[str, float]:
        summary = self.results.summary
        rows = summary[summary["measure"] == measure]
        return dict(zip(rows[self.results.experiment.variant_label], rows["mean"], strict=True))

    def verdict(self, measure: str, name: str) -> str:
        summary = self.results.summary
        rows = summary[summary["measure"] == measure]
        return str(rows.set_index(self.results.experiment.variant_label)["verdict"][name])

    def says(self, *texts: str) -> None:
        for text in texts:
            assert reads(self.said, text), (text, self.said)

    def asks(self, text: str) -> None:
        assert reads(question := self.guess.question.replace(NO_BREAK, " "), text), (text, question)

    def answers(self, text: str) -> None:
        assert reads(self.right, text), (text, self.right)


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def tenths(share: float) -> str:
    return f"{100 * share:.1f} %"


def largest(values: dict[str, float]) -> str:
    return max(values, key=values.__getitem__)


def same(choice: str, head: str) -> bool:
    return choice.casefold().removesuffix("'s") == head.casefold()


def blurry_cat(one: Told, two: Told, three: Told, four: Told) -> None:
    blurry = {head: one.probability(head, 0) for head in ("softmax", "spherical softmax")}
    assert same(one.right, largest(blurry))
    one.says(f"gives the cat {percent(blurry['spherical softmax'])} and softmax {percent(blurry['softmax'])}")
    sharp = {head: two.probability(head, 0) for head in blurry}
    assert two.right == percent(sharp["softmax"])
    two.says(f"from {percent(blurry['softmax'])} to {percent(sharp['softmax'])}")
    assert two.guess.choices[0].startswith(percent(blurry["softmax"]))
    assert three.step.target == two.step.target
    assert three.right == percent(sharp["spherical softmax"])
    three.says(percent(sharp["spherical softmax"]))
    three.asks(percent(blurry["spherical softmax"]))
    shifted = {head: four.probability(head, 0) for head in blurry}
    assert shifted["softmax"] == pytest.approx(blurry["softmax"])
    assert same(four.right, "spherical softmax")
    before, after = (percent(each["spherical softmax"]) for each in (blurry, shifted))
    four.says(f"from {before} to {after}", f"softmax stays at {percent(blurry['softmax'])}")


def wrong_and_sure(one: Told, two: Told, three: Told, four: Told) -> None:
    norms = one.shape.at_target["gradient magnitude"]
    by_head = dict(zip(one.shape.head_names, norms.tolist(), strict=True))
    assert same(one.right, largest(by_head))
    one.says(*(f"{norm:.2g}" for norm in by_head.values()))
    taylor = two.shape.head_names.index("Taylor softmax")
    assert two.shape.gradients[taylor, two.shape.target] > 0  # a step against it goes down
    assert two.right.startswith("Down")
    assert two.shape.moving == two.shape.target
    accuracy = three.mean("accuracy")
    assert same(three.right, min(accuracy, key=accuracy.__getitem__))
    three.says(*(percent(share) for share in accuracy.values()))
    assert {three.verdict("accuracy", head) for head in accuracy if head != "softmax"} == {"better"}
    soon = four.mean("accuracy")
    four.answers(percent(soon["softmax"]))
    four.says(percent(soon["softmax"]), percent(soon["spherical softmax"]))


def largest_logit_loses(one: Told, two: Told, three: Told, four: Told) -> None:
    assert one.right.startswith(f"Class {one.winners['spherical softmax']},")
    one.says(percent(one.probability("spherical softmax", 2)))
    assert two.right.startswith(f"Class {two.winners['Taylor softmax']},")
    two.says(percent(two.probability("Taylor softmax", 1)))
    scores = 1 + two.shape.scaled_logits + two.shape.scaled_logits**2 / 2
    np.testing.assert_allclose(scores, [2.5, 5, 2.5])
    assert [head for head, winner in three.winners.items() if winner == 2] == [
        "spherical softmax",
        "Taylor softmax",
    ]
    assert three.right == "Spherical and Taylor softmax"
    three.says(
        *(percent(three.probability(head, 2)) for head, winner in three.winners.items() if winner == 2)
    )
    accuracy = four.mean("accuracy")
    four.answers(tenths(accuracy["spherical softmax"]))
    four.asks(tenths(accuracy["softmax"]))
    four.says(f"{100 * (accuracy['softmax'] - accuracy['spherical softmax']):.1f} points fewer")


def one_or_many(one: Told, two: Told, three: Told, four: Told) -> None:
    both = one.shape.probabilities[list(one.shape.head_names).index("sigmoid"), :2]
    assert (both > 0.9).all()
    assert same(one.right, "sigmoid")
    one.says(percent(one.probability("sigmoid", 0)), percent(one.probability("softmax", 0)))
    assert two.right.startswith(percent(two.probability("softmax", 0)))
    two.says(percent(two.probability("softmax", 0)), percent(two.probability("sigmoid", 0)))
    before, after = (percent(each.probability("softmax", 0)) for each in (one, three))
    assert three.probability("sigmoid", 0) == pytest.approx(one.probability("sigmoid", 0))
    three.says(f"from {before} to {after}", percent(three.probability("sigmoid", 0)))
    assert same(three.right, "softmax")
    accuracy = four.mean("accuracy")
    assert four.verdict("accuracy", "sigmoid") == "equivalent"
    assert four.results.experiment.margin == 1
    assert "equivalent within 1 point" in four.right
    four.says(tenths(accuracy["softmax"]), tenths(accuracy["sigmoid"]))


def little_data(one: Told, two: Told, three: Told) -> None:
    found = one.results.experiment.data.training.targets.shape[1]
    assert f"from {found} examples" in one.guess.question
    assert two.results.experiment.data.training.targets.shape[1] == 20 * found
    little, much, stopped = (
        {head: 100 * value for head, value in each.mean("confidence minus accuracy").items()}
        for each in (one, two, three)
    )
    assert same(one.right, largest(little))
    assert {one.verdict("confidence minus accuracy", head) for head in little if head != "softmax"} == {
        "lower"
    }
    one.says(*(f"by {value:.0f}" for value in little.values()))
    assert max(map(abs, much.values())) == much["softmax"] < 2
    two.says(f"By {much['softmax']:.1f} points")
    assert two.right == "By less than 2 points"
    three.says(*(f"by {abs(value):.0f}" for value in stopped.values()))
    assert stopped["softmax"] > 1
    assert all(value < -1 for head, value in stopped.items() if head != "softmax")
    assert three.right.startswith("None: softmax is too sure")


def temperature(one: Told, two: Told, three: Told, four: Told) -> None:
    accuracy = one.mean("accuracy")["softmax"]
    over = one.mean("confidence minus accuracy")["softmax"]
    one.answers(percent(accuracy + over))
    one.says(percent(accuracy), f"by {100 * over:.0f} points")
    one.asks(percent(accuracy))
    hot = Shape(logits=two.shape.logits, heads="softmax", target=0)
    np.testing.assert_allclose(two.shape.scaled_logits, np.array(hot.logits) / 2.5)
    assert two.winners["softmax"] == hot.winners.winner[0] == 0
    assert two.right.startswith("Class 0")
    two.says(percent(two.probability("softmax", 0)), f"instead of {percent(hot.probabilities[0, 0])}")
    temperatures = three.results.runs.groupby("head")["temperature"].median().to_dict()
    before, after = three.mean("log loss"), three.mean("log loss, temperature-scaled")
    assert same(three.right, largest(temperatures))
    three.says(f"{temperatures['softmax']:.1f}", f"{before['softmax']:.2f} down to {after['softmax']:.2f}")
    others = [head for head in temperatures if head != "softmax"]
    assert all(abs(temperatures[head] - 1) < 0.15 for head in others)
    assert all(abs(before[head] - after[head]) < 0.005 for head in others)
    assert after["softmax"] == min(after.values())
    assert same(four.right, "softmax")
    four.says(*(f"{loss:.2f}" for loss in after.values()))
    four.asks(f"{before['spherical softmax']:.2f} against {before['softmax']:.2f}")
    assert {four.verdict("log loss, temperature-scaled", head) for head in others} == {"worse"}


def inside_the_network(one: Told, two: Told, three: Told, four: Told) -> None:
    hidden = one.mean("accuracy")
    one.says(f"from {tenths(hidden['relu'])} to {tenths(hidden['softmax'])}")
    assert one.verdict("accuracy", "softmax") == "worse"
    one.answers(f"It falls by about {100 * (hidden['relu'] - hidden['softmax']):.0f} points")
    attention = two.mean("accuracy")
    two.answers(percent(attention["equal weights"]))
    two.says(percent(attention["equal weights"]))
    two.asks(f"{percent(attention['softmax'])} are right")
    asked, gate = three.mean("experts asked"), four.mean("accuracy")
    three.answers(f"{asked['softmax']:.1f}")
    three.says(three.right, "softmax use 3")
    assert all(f"{asked[head]:.0f}" == "3" for head in ("spherical softmax", "Taylor softmax"))
    assert largest(gate) == "sigmoid"
    assert four.right == "No: sigmoid is"
    four.says(percent(gate["sigmoid"]), percent(gate["softmax"]))


def a_million_classes(one: Told, two: Told, three: Told, four: Told) -> None:
    experiment = one.step.target.state
    assert isinstance(experiment, LargeOutput)
    assert experiment == two.step.target.state == three.step.target.state
    work = operations(experiment.sizes, str(experiment.head)).pivot(index="n_classes", columns="layer")[
        "operations"
    ]
    dense, factored = work["dense softmax"], work["factored Taylor softmax"]
    ratio = dense[1_000_000] / dense[1_000]
    assert round(ratio) == 1000
    assert one.right == f"{ratio:,.0f} times as much"
    one.says(one.right)
    assert factored.nunique() == 1
    assert two.right == "It hardly grows at all"
    size = Size(1_000, experiment.n_units, experiment.batch_size)
    errors = errors_after(RACE_STEPS, size, experiment.head, experiment.seed)
    assert errors[["weights", "gradient"]].to_numpy().max() < 1e-10
    assert three.right == "No: it is exact, to rounding"
    three.says(f"after {RACE_STEPS} updates")
    summary = four.results.summary.set_index(["measure", "n_classes", "head"])
    row = summary.loc[("log loss", 100, "Taylor softmax")]
    assert row["verdict"] == "worse"
    four.says(f"{row['difference']:.1f} higher")
    sure = {
        head: summary.loc[("accuracy", 100, head), "mean"]
        + summary.loc[("confidence minus accuracy", 100, head), "mean"]
        for head in ("softmax", "Taylor softmax")
    }
    assert sure["Taylor softmax"] < 0.3 < 0.7 < sure["softmax"]
    assert four.right == "Taylor softmax is much worse with many classes"


FACTS: dict[str, Callable[..., None]] = {
    "blurry-cat": blurry_cat,
    "wrong-and-sure": wrong_and_sure,
    "largest-logit-loses": largest_logit_loses,
    "one-or-many": one_or_many,
    "little-data": little_data,
    "temperature": temperature,
    "inside-the-network": inside_the_network,
    "a-million-classes": a_million_classes,
}


def test_there_are_eight_stories() -> None:
    assert shelf().problems == {}
    assert list(stories()) == list(FACTS)
    assert sorted(path.stem for path in FOLDER.iterdir()) == sorted(FACTS)


@pytest.mark.parametrize("name", FACTS)
def test_each_has_three_to_five_steps_with_a_guess_first(name: str) -> None:
    story = stories()[name]
    assert 3 <= len(story.steps) <= 5
    for step in story.steps:
        assert step.guess is not None
        assert step.guess.question.endswith("?")
        assert step.sentence.endswith(".")
        assert len(re.findall(r"[.!?] ", step.sentence)) <= (step is story.steps[-1])  # what to remember


@pytest.mark.long
@pytest.mark.parametrize("name", FACTS)
def test_what_a_story_says_is_so(name: str) -> None:
    FACTS[name](*map(Told, stories()[name].steps))


@pytest.mark.parametrize("name", FACTS)
def test_pictures_are_there(name: str) -> None:
    for step in stories()[name].steps:
        if step.target.page != "large_output":  # it is measured, for many seconds
            request = step.target.request
            results = None if request is None else results_of(step.target.link)
            assert not step.picture or step.picture in step.target.pictures(results)
