"""Compare's part on mistakes, without a browser: which samples it lists, and what it says of one."""

import numpy as np
import pytest

from alternatives.experiments import Comparison
from alternatives.pages import _mistakes
from tests.test_compare_page import charts, data_of, link_of, open_app, said

WINE = {"dataset": "wine", "seeds": "2", "epochs": "3", "learning_rate": "0.01", "hidden": "8"}


@pytest.fixture(scope="module")
def results():
    return Comparison.from_link(WINE)[0].run(n_jobs=1)


@pytest.fixture
def app():
    app = open_app(**WINE)
    assert not app.exception
    return app


def control(app, kind, key):
    return next(each for each in getattr(app.main, kind) if each.key == key)


def number(app):
    return control(app, "number_input", _mistakes.NUMBER).value


def heading(app):
    """What is said of the chosen sample."""
    return next(text.value for text in app.main.markdown if text.value.startswith("**Test sample"))


def bars(app):
    return [said(chart) for chart in charts(app) if "for one test sample" in chart.proto.alt]


def test_it_begins_with_what_the_baseline_gets_most_confidently_wrong(app, results):
    found = results.predictions
    first = int(found.most_confident(results.variants.index("softmax"))[0])
    assert control(app, "selectbox", _mistakes.HEAD).value == "softmax"
    assert number(app) == first + 1
    assert f"Test sample {first + 1}, true class" in heading(app)
    assert [text.split(" for one")[0] for text in bars(app)] == [
        f"Probabilities of {h}" for h in results.variants
    ]
    assert any(f"softmax gets {found.n_wrong[0]} wrong" in text.value for text in app.main.markdown)


def test_another_baseline_begins_with_its_own():
    app = open_app(**WINE, baseline="Taylor softmax")
    assert control(app, "selectbox", _mistakes.HEAD).value == "Taylor softmax"


def test_any_sample_can_be_chosen_by_its_number(app, results):
    control(app, "number_input", _mistakes.NUMBER).set_value(3).run()
    assert not app.exception
    name = results.class_names[results.predictions.targets[2]]
    assert heading(app).replace("\\", "").startswith(f"**Test sample 3, true class {name}")
    assert all(f"true class {name}" in text for text in bars(app))
    assert link_of(app) == WINE


def test_a_cell_is_chosen_by_its_classes(app, results):
    found = results.predictions
    true, predicted = (int(each[found.wrong[0]][0]) for each in (found.targets, found.predicted[0]))
    control(app, "selectbox", _mistakes.TRUE).set_value(true).run()
    control(app, "selectbox", _mistakes.PREDICTED).set_value(predicted).run()
    assert not app.exception
    assert number(app) - 1 == found.most_confident(0, true, predicted)[0]
    matrix = next(chart for chart in charts(app) if chart.proto.alt.startswith("Confusion matrix"))
    chosen = data_of(matrix).query("chosen")
    names = [results.class_names[k] for k in (true, predicted)]
    assert chosen[["true", "predicted"]].to_numpy().tolist() == [names]


def test_a_cell_without_listed_samples_leaves_the_sample_alone(app, results):
    found = results.predictions
    control(app, "number_input", _mistakes.NUMBER).set_value(3).run()
    true, predicted = next(
        cell for cell in np.ndindex(3, 3) if cell[0] != cell[1] and not len(found.most_confident(0, *cell))
    )
    control(app, "selectbox", _mistakes.PREDICTED).set_value(predicted).run()
    control(app, "number_input", _mistakes.NUMBER).set_value(3).run()
    control(app, "selectbox", _mistakes.TRUE).set_value(true).run()
    assert not app.exception
    assert number(app) == 3


def test_another_head_has_its_own_errors(app, results):
    control(app, "selectbox", _mistakes.HEAD).set_value("sigmoid").run()
    index = results.variants.index("sigmoid")
    assert number(app) - 1 == results.predictions.most_confident(index)[0]


def test_the_sample_stays_while_the_test_set_is_the_same(app):
    control(app, "number_input", _mistakes.NUMBER).set_value(3).run()
    next(each for each in app.sidebar.slider if each.key == "seeds").set_value(3).run()
    assert number(app) == 3
    app.query_params["dataset"] = "iris"
    app.run()
    assert not app.exception
    assert number(app) != 3


def test_a_head_that_is_taken_away_is_not_listed_any_more(app):
    control(app, "selectbox", _mistakes.HEAD).set_value("sigmoid").run()
    heads = next(each for each in app.sidebar.button_group if each.key == "heads")
    heads.set_value(["softmax", "Taylor softmax"]).run()
    assert not app.exception
    assert control(app, "selectbox", _mistakes.HEAD).value == "softmax"
    assert len(bars(app)) == 2
