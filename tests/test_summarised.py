"""What a server keeps of results: enough to draw every chart, and little that grows with seeds."""

import pandas as pd
import pytest

from alternatives.charts import hidden, lines, tables
from alternatives.experiments import Comparison, Hidden
from alternatives.memory import n_bytes

EXPERIMENTS = [
    Comparison(
        "iris",
        heads=["softmax", "Taylor softmax", "hinge"],
        n_seeds=60,
        n_epochs=25,
        learning_rate=0.03,
        hidden_layer_sizes=(),
    ),
    Hidden(dataset="iris", units=("relu", "softmax"), width=64, n_seeds=8, n_epochs=3, learning_rate=0.03),
]


@pytest.fixture(scope="module", params=EXPERIMENTS, ids=lambda experiment: type(experiment).__name__)
def results(request):
    return request.param.run()


def test_summarised_results_draw_the_same_charts_and_tables(results):
    summarised = results.summarised()
    for name in results.curves:
        for relative in (False, True):
            one, other = (lines.by_epoch(each, name, relative) for each in (results, summarised))
            pd.testing.assert_frame_equal(one.frame, other.frame, check_exact=True)
            assert one.text == other.text
    pd.testing.assert_frame_equal(results.summary, summarised.summary, check_exact=True)
    assert results.finding == summarised.finding
    if isinstance(results.experiment, Hidden):
        for draw in (lambda each: hidden.correlations(each, "softmax"), hidden.singular_values):
            pd.testing.assert_frame_equal(draw(results).frame, draw(summarised).frame, check_exact=True)
        assert results.units.equals(summarised.units)
    else:
        assert tables.headline(results).equals(tables.headline(summarised))
        assert results.to_json() == summarised.to_json()


def test_summarised_results_take_a_fraction_of_the_memory(results):
    assert n_bytes(results.summarised()) < n_bytes(results) / 3


def test_the_history_of_single_seeds_is_not_among_what_is_kept(results):
    assert len(results.history)
    with pytest.raises(ValueError, match="run the experiment"):
        _ = results.summarised().history
