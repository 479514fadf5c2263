"""The compare page without a browser: what it shows, and what a link does to it."""

import io
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from streamlit.testing.v1 import AppTest

from alternatives.datasets import DATASETS, Dataset, DatasetUnavailable
from alternatives.experiments import Comparison, frames
from alternatives.experiments.classes import ClassCounts
from alternatives.heads import HEADS
from alternatives.measures import MEASURES
from alternatives.pages._shown import plain
from alternatives.shape import Shape
from alternatives.wording import sentence
from tests.heads_of_ones_own import a_head_of_ones_own

APP = Path(__file__).parents[1] / "alternatives/pages/_frame.py"
SMALL = {"dataset": "iris", "seeds": "3", "epochs": "2", "learning_rate": "0.01", "hidden": "8"}
FOLDED = ["more settings", "all measures"]
IN_COMPARISON = [head.name for head in HEADS.values() if head.in_comparison]
# What the page draws besides a reliability diagram and a sample's probabilities for each head: by head,
# gradient, four differences from the baseline, accuracy against calibration, log loss by temperature, three
# learning curves, temperature scaling, training time, confusion matrix; and tuning, a panel a head.
SHARED_CHARTS, PANELS = 14, 2

HOSTILE = [
    "", "nan", "inf", "-1", "1e308", "9" * 400, "\x00", "ナ" * 3000, "softmax(", "<script>alert(1)</script>",
    "**bold** [link](https://example.org) :red[text] $x$",
]  # fmt: skip


def open_app(unfolded=(), **link):
    app = AppTest.from_file(APP, default_timeout=60)
    for part in unfolded:
        app.session_state[part] = True
    for name, value in link.items():
        app.query_params[name] = value
    return app.run()


def link_of(app):
    return {name: value if isinstance(value, str) else value[0] for name, value in app.query_params.items()}


def charts(app):
    return app.get("vega_lite_chart")


def data_of(chart):
    return pa.ipc.open_stream(io.BytesIO(chart.proto.data.data)).read_pandas()


def said(chart):
    """What a chart says that it shows: its subject and the finding."""
    return next(text for text in data_of(chart)["finding"] if text)


def components(app):
    """Keys of the page's own components that show results."""
    keys = {each.proto.id.rsplit("-", 1)[-1] for each in app.get("bidi_component")}
    return keys & {"moving regions", "mistakes tiles"}


def texts(app):
    return " ".join(text.value for text in app.main.markdown)


def widget(app, kind, key):
    return next(each for each in getattr(app.sidebar, kind) if each.key == key)


def sections(app):
    """The headings of the page and its sidebar, each with the caption below it."""
    return dict(text.value[4:].split("\n", 1) for text in app.markdown if text.value.startswith("### "))


@pytest.fixture
def app():
    """The page of a comparison that takes no time, with all its controls."""
    return open_app(["more settings"], **SMALL)


def test_the_first_screen_answers_without_a_click():
    app = open_app()
    assert not app.exception
    assert app.header[0].value.startswith("On digits over 20 seeds")
    assert len(charts(app)) == SHARED_CHARTS + PANELS * len(IN_COMPARISON)
    assert list(app.table[0].value.index) == IN_COMPARISON
    assert link_of(app) == {}


def test_every_chart_says_what_it_shows(app):
    assert not app.exception
    assert len(charts(app)) == SHARED_CHARTS + PANELS * len(IN_COMPARISON)
    for chart in charts(app):
        assert len(said(chart)) > 40
        assert said(chart).startswith(chart.proto.alt.removesuffix("."))


def test_every_section_has_a_caption(app):
    assert len(sections(app)) > SHARED_CHARTS
    assert all(caption.startswith(":small[:gray[") for caption in sections(app).values())


def test_data_of_two_features_shows_the_plane():
    app = open_app(**{**SMALL, "dataset": "moons(samples=200)"})
    assert not app.exception
    assert len(charts(app)) == SHARED_CHARTS + PANELS * len(IN_COMPARISON)
    assert components(app) == {"moving regions", "mistakes tiles"}


def test_networks_too_large_to_keep_show_the_plane_as_it_is_at_last(monkeypatch):
    monkeypatch.setattr(frames, "MOST_KEPT_BYTES", 1)
    app = open_app(**{**SMALL, "dataset": "moons(samples=201)"})
    assert not app.exception
    the_key_of_classes = 1
    assert len(charts(app)) == SHARED_CHARTS + (PANELS + 1) * len(IN_COMPARISON) + the_key_of_classes
    assert components(app) == {"mistakes tiles"}


def test_given_rate_and_epochs_need_no_tuning():
    shared = list(sections(open_app(**SMALL)))
    assert "Tuning" not in shared
    own_best = {name: text for name, text in SMALL.items() if name != "learning_rate"}
    tuned = list(sections(open_app(**own_best)))
    last = tuned.index("Tuning")
    assert tuned[:last] == shared[:last]  # until the results are there, charts stay where they were
    assert shared[last] == "Take away"


def test_few_controls_are_in_view(app):
    def controls(app):
        kinds = "selectbox", "button_group", "select_slider", "slider", "number_input", "text_input", "toggle"
        return {each.key for kind in kinds for each in getattr(app.sidebar, kind)}

    assert controls(open_app(**SMALL)) == {"dataset", "label_noise", "heads", "learning_rate", "seeds"}
    names = Comparison.names()
    shown = {names[field] for field in Comparison.from_link(SMALL)[0].shown_fields}
    assert controls(app) >= shown
    assert set(names.values()) - shown == {"max_epochs", "momentum", "criterion", "settings", "filters"}


def test_all_measures_are_there_where_they_are_unfolded(app):
    headline, of_a_sample = app.table
    unfolded = open_app(["all measures"], **SMALL)
    assert not unfolded.exception
    first, every, last = unfolded.table
    assert [len(table.value) for table in (first, last)] == [len(headline.value), len(of_a_sample.value)]
    assert len(headline.value) == len(IN_COMPARISON)
    assert len(every.value) > len(MEASURES)


def test_a_control_changes_the_comparison_and_the_link(app):
    widget(app, "slider", "seeds").set_value(4).run()
    assert not app.exception
    assert "over 4 seeds" in app.header[0].value
    assert link_of(app) == Comparison.from_link({**SMALL, "seeds": "4"})[0].to_link()


def test_controls_show_what_the_link_says():
    heads = "Taylor softmax,spherical softmax(epsilon=0.123)"
    app = open_app(FOLDED, **SMALL, heads=heads, baseline="Taylor softmax")
    assert not app.exception
    assert widget(app, "selectbox", "dataset").value == "iris"
    assert widget(app, "slider", "seeds").value == 3
    assert widget(app, "select_slider", "learning_rate").value == 0.01
    assert widget(app, "select_slider", "spherical softmax.epsilon").value == 0.123
    assert widget(app, "button_group", "heads").value == ["spherical softmax", "Taylor softmax"]
    assert widget(app, "selectbox", "baseline").value == "Taylor softmax"
    assert list(app.table[0].value.index) == ["spherical softmax", "Taylor softmax"]


def test_a_choice_of_what_is_shown_leaves_the_link_alone():
    link = {**SMALL, "epochs": "2x", "foo": "1"}
    app = open_app(**link)
    next(each for each in app.main.selectbox if each.key == "measure shown").set_value("log loss").run()
    assert not app.exception
    assert link_of(app) == link
    assert any("2x" in text.value for text in app.main.markdown)


def test_a_link_that_changes_by_itself_changes_the_controls(app):
    app.query_params["seeds"] = "2"
    app.run()
    assert widget(app, "slider", "seeds").value == 2
    assert "over 2 seeds" in app.header[0].value
    assert link_of(app)["seeds"] == "2"


def test_an_old_link_does_not_undo_a_control(app):
    """A browser may send the link of before with the next change of a control."""
    widget(app, "slider", "seeds").set_value(4).run()
    app.query_params["seeds"] = "3"
    widget(app, "slider", "seeds").set_value(5).run()
    assert "over 5 seeds" in app.header[0].value
    assert link_of(app)["seeds"] == "5"


def test_a_run_without_a_change_leaves_everything(app):
    before = app.header[0].value, link_of(app)
    app.run()
    assert (app.header[0].value, link_of(app)) == before


def test_the_last_head_cannot_be_taken_away():
    app = open_app(**SMALL, heads="sigmoid")
    widget(app, "button_group", "heads").set_value([]).run()
    assert not app.exception
    assert "at least one" in texts(app)
    assert widget(app, "button_group", "heads").value == ["sigmoid"]


def test_taking_the_baseline_away_chooses_another(app):
    widget(app, "button_group", "heads").set_value(["Taylor softmax", "sigmoid"]).run()
    assert not app.exception
    assert widget(app, "selectbox", "baseline").value == "Taylor softmax"


def test_a_data_set_shows_its_parameters(app):
    widget(app, "selectbox", "dataset").set_value("moons").run()
    assert not app.exception
    assert widget(app, "slider", "moons.noise").value == DATASETS["moons"].noise
    widget(app, "slider", "moons.noise").set_value(0.5).run()
    assert "moons(noise=0.5)" in link_of(app)["dataset"]
    widget(app, "selectbox", "dataset").set_value("iris").run()
    assert not app.exception
    assert link_of(app)["dataset"] == "iris"


def test_a_heads_parameter_changes_that_head_alone(app):
    widget(app, "select_slider", "spherical softmax.epsilon").set_value(0.1).run()
    assert not app.exception
    assert "spherical softmax(epsilon=0.1)" in link_of(app)["heads"]
    assert list(app.table[0].value.index) == IN_COMPARISON


def test_hidden_layers_are_typed_in(app):
    widget(app, "text_input", "hidden").set_value("6, 4").run()
    assert widget(app, "text_input", "hidden").value == "6,4"
    assert link_of(app)["hidden"] == "6,4"
    widget(app, "text_input", "hidden").set_value("6, many").run()
    assert not app.exception
    assert "many" in texts(app)
    assert widget(app, "text_input", "hidden").value == "6,4"


def test_problems_go_when_something_is_changed():
    app = open_app(**SMALL, first_seed="-7")
    assert "First seed must be" in texts(app)
    assert link_of(app)["first_seed"] == "-7"
    widget(app, "slider", "seeds").set_value(2).run()
    assert "must be" not in texts(app)
    assert "first_seed" not in link_of(app)


OTHERS = [name for name in [*Comparison.names().values(), "nonsense"] if name not in SMALL]


@pytest.mark.parametrize("names", [*([name] for name in SMALL), OTHERS[::2], OTHERS[1::2]], ids=", ".join)
def test_hostile_links_give_a_comparison_and_a_sentence(names):
    """Each parameter gets each text: those that keep the training short alone, half of the others at once."""
    app = open_app(**SMALL)
    hostile = [*HOSTILE, ["nan", "softmax"], *([SMALL.get(name, "0")] * 2 for name in names[:1])]
    for first in range(len(hostile)):
        link = SMALL | {name: hostile[(first + n) % len(hostile)] for n, name in enumerate(names)}
        app.query_params = dict(link)
        app.run()
        assert not app.exception, link
        comparison, problems = Comparison.from_link(link)
        assert app.header[0].value.startswith(f"On {plain(str(comparison.dataset))}"), link
        assert ("Not used" in texts(app)) == bool(problems), link
        assert_said(app, problems)


def assert_said(app, problems):
    """Every problem has its sentence on the page; a list in it may be cut short."""
    for problem in problems:
        assert plain(sentence(problem)[:20]) in texts(app), problem


def test_every_measure_by_head(app):
    chooser = next(each for each in app.main.selectbox if each.key == "measure shown")
    for measure in MEASURES:
        chooser.set_value(measure).run()
        assert not app.exception
        assert charts(app)[0].proto.alt.casefold().startswith(measure.casefold())
    assert link_of(app) == Comparison.from_link(SMALL)[0].to_link()


def relative(app):
    return next(each for each in app.main.toggle if each.key == "gradient relative")


def test_a_gradient_relative_to_its_first_epoch(app):
    before, link = sections(app)["Gradient magnitude"], link_of(app)
    relative(app).set_value(True).run()
    assert not app.exception
    assert link_of(app) == link
    assert charts(app)[1].proto.alt.startswith("Gradient at the logits over that of the first epoch")
    assert sections(app)["Gradient magnitude"] != before
    chooser = next(each for each in app.main.selectbox if each.key == "gradient shown")
    chooser.set_value("update size over weight size").run()
    assert charts(app)[1].proto.alt.startswith("Update size over weight size by epoch")


def test_every_gradient(app):
    chooser = next(each for each in app.main.selectbox if each.key == "gradient shown")
    assert len(chooser.options) == 5
    for quantity in ("gradient of layer 2", "gradient of layer 1"):
        chooser.set_value(quantity).run()
        assert charts(app)[1].proto.alt.casefold().startswith(quantity)
    for quantity in ("gradient signal to noise", "update size over weight size"):
        chooser.set_value(quantity).run()
        assert charts(app)[1].proto.alt.casefold().startswith(quantity)
        assert relative(app).disabled
    chooser.set_value("gradient of layer 2").run()
    assert not relative(app).disabled
    widget(app, "text_input", "hidden").set_value("none").run()
    assert not app.exception
    assert charts(app)[1].proto.alt.startswith("Gradient at the logits")


def test_a_confusion_matrix_for_every_head(app):
    chooser = next(each for each in app.main.selectbox if each.key == "head shown")
    for head in IN_COMPARISON:
        chooser.set_value(head).run()
        assert any(chart.proto.alt.startswith(f"Confusion matrix of {head}") for chart in charts(app))
    widget(app, "button_group", "heads").set_value(["softmax"]).run()
    assert not app.exception


def test_a_head_of_ones_own_is_everywhere():
    with a_head_of_ones_own() as head:
        app = open_app(FOLDED, **SMALL)
        assert list(app.table[0].value.index) == IN_COMPARISON
        app = open_app(FOLDED, **SMALL, heads=",".join([*IN_COMPARISON, head.name]))
        assert not app.exception
        assert head.name in widget(app, "button_group", "heads").options
        assert widget(app, "select_slider", f"{head.name}.temperature").value == 2.0
        assert head.name in app.table[0].value.index
        assert head.name in app.table[1].value.columns
        own = [chart for chart in charts(app) if head.name in said(chart)]
        confusion_of_softmax = 1
        others = PANELS * len(IN_COMPARISON)
        assert len(own) == len(charts(app)) - others - confusion_of_softmax
        assert any(head.name in text.value for text in app.main.markdown)
        widget(app, "button_group", "heads").set_value([head.name]).run()
        assert not app.exception
        assert list(app.table[0].value.index) == [head.name]
    assert not open_app(**SMALL).exception


class Unavailable(Dataset):
    name = "unavailable"
    sentence = "A data set that can't be had."
    source = "nowhere"

    def make(self):
        raise DatasetUnavailable("the data set <b>unavailable</b> can't be had now; choose another one.")


def test_a_data_set_that_cannot_be_had_is_a_sentence():
    DATASETS.register(Unavailable)
    try:
        app = open_app(**{**SMALL, "dataset": "unavailable"})
        assert not app.exception
        assert app.header[0].value.startswith("The data set")
        assert "<b>" not in app.header[0].value
        assert not charts(app)
        assert not app.get("skeleton")
        assert not app.table
        widget(app, "selectbox", "dataset").set_value("iris").run()
        assert not app.exception
        assert charts(app)
    finally:
        DATASETS.unregister("unavailable")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "There isn't enough memory for this"),
        (OSError(30, "Read-only file system"), "The system refuses: read-only file system"),
    ],
    ids=repr,
)
def test_what_the_system_refuses_is_a_sentence(error, said, monkeypatch):
    def fail(self):
        raise error

    monkeypatch.setattr(Unavailable, "make", fail)
    DATASETS.register(Unavailable)
    try:
        app = open_app(**{**SMALL, "dataset": "unavailable"})
        assert not app.exception
        assert app.header[0].value.replace("\\", "").startswith(said)
        assert not charts(app)
    finally:
        DATASETS.unregister("unavailable")


def test_runs_that_diverge_are_a_result():
    app = open_app(dataset="digits", seeds="2", epochs="2", solver="sgd", learning_rate="10", hidden="64,64")
    assert not app.exception
    assert any("Diverged" in each.value for each in app.markdown)
    assert len(charts(app)) == SHARED_CHARTS + PANELS * len(IN_COMPARISON)


def test_a_comparison_seen_before_comes_back_at_once(app):
    widget(app, "slider", "seeds").set_value(4).run()
    again = open_app(**{**SMALL, "seeds": "4"})
    assert again.header[0].value == app.header[0].value


def test_names_in_headings_are_escaped():
    assert plain("a_b*c[d](e)<f>$g$:red[h]") == r"a\_b\*c\[d\]\(e\)\<f\>\$g\$\:red\[h\]"


def test_what_tuning_tried_is_drawn_where_it_is_unfolded():
    own_best = {name: text for name, text in SMALL.items() if name != "learning_rate"}
    app = open_app(**own_best)
    before = len(charts(app))
    table = next(table.value for table in app.table if "Rates tried" in table.value.columns)
    assert list(table.index) == IN_COMPARISON
    app.session_state["what was tried"] = True
    app.run()
    assert not app.exception
    panels = [said(chart) for chart in charts(app) if said(chart).startswith("Tuning of")]
    assert len(panels) == len(charts(app)) - before == len(IN_COMPARISON)


def test_what_changes_nothing_is_not_shown():
    def keys(**link):
        app = open_app(["more settings"], **{**SMALL, **link})
        kinds = "selectbox", "button_group", "select_slider", "slider", "number_input", "text_input", "toggle"
        return {each.key for kind in kinds for each in getattr(app.sidebar, kind)}

    assert "momentum" not in keys()
    assert "momentum" in keys(solver="sgd")
    assert keys().isdisjoint({"max_epochs"})
    assert {"activation", "batch_normalisation"}.isdisjoint(keys(hidden="none"))
    assert {"baseline", "question", "margin", "margin_nats"}.isdisjoint(keys(heads="sigmoid"))


def test_shown_fields_are_those_that_change_the_runs():
    """What isn't shown may be anything: the runs are the same to the bit."""
    small = Comparison.from_link(SMALL)[0].replace(heads=["softmax", "sigmoid"])
    for given in (small, small.replace(hidden_layer_sizes=()), small.replace(heads=["sigmoid"])):
        hidden = set(given.fields()) - set(given.shown_fields)
        others = {"momentum": 0.5, "max_epochs": 7, "activation": "tanh", "batch_normalisation": True}
        changed = given.replace(**{name: value for name, value in others.items() if name in hidden})
        assert changed != given
        measured = [each.run(n_jobs=1).measures for each in (given, changed)]
        pd.testing.assert_frame_equal(*measured, check_exact=True)


def test_reset_goes_back_to_the_defaults(app):
    widget(app, "button", "reset").click().run()
    assert not app.exception
    assert link_of(app) == {}
    assert "over 20 seeds" in app.header[0].value
    assert not [each for each in app.sidebar.button if each.key == "reset"]


def test_every_control_has_a_help_that_says_more_than_its_label():
    for value in (Comparison(), ClassCounts(), Shape()):
        for name, field in value.fields().items():
            control, *_ = field.controls(name, getattr(value, name))
            assert len(control.help.split()) >= 4, (name, control.help)


def test_a_problem_stands_before_the_finding_and_is_short():
    app = open_app(**SMALL, heads="softmin", utm_source="mail")
    (said,) = (text.value for text in app.main.markdown if "Not used" in text.value)
    assert said == (
        "**Not used:** Head must be one of softmax, spherical softmax, Taylor softmax, …; got 'softmin'. "
        "All else is as the link says."
    )
    types = [each.type for each in app.main]
    assert types.index("markdown") < types.index("header")
    assert "Not used" not in texts(open_app(**SMALL, utm_source="mail", fbclid="1"))
