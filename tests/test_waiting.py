"""How pages wait for results, without a browser."""

from streamlit.runtime.caching import cache_data, cache_resource

from alternatives.experiments import Comparison
from alternatives.large_output.measuring import LargeOutput, Measured
from alternatives.pages import large_output
from alternatives.pages._shown import plain
from alternatives.pages._waiting import queue
from alternatives.wording import percent
from tests.test_compare_page import SMALL, charts, open_app, texts

COMPARISON = Comparison.from_link(SMALL)[0].trained_alike


def test_results_survive_a_message_that_clears_the_caches_of_all(monkeypatch):
    app = open_app(**SMALL)
    before = queue.get(COMPARISON)
    cache_data.clear()  # what Streamlit does when any visitor sends clear_cache
    cache_resource.clear()
    assert queue.get(COMPARISON) is before is not None
    monkeypatch.setattr(Comparison, "run", None)
    app.run()
    assert not app.exception
    assert charts(app)


def test_an_unexpected_error_is_a_plain_sentence(monkeypatch, caplog):
    def broken(*arguments):
        raise ValueError("operands could not be broadcast together")

    monkeypatch.setattr(Comparison, "run", broken)
    app = open_app(**SMALL | {"first_seed": "77"})
    assert not app.exception
    assert app.header[0].value == plain("This comparison ended in an unexpected error.")
    assert plain("The server's log says more") in texts(app)
    assert "operands" not in texts(app)
    assert "operands" in caplog.text


def test_a_measurement_that_waits_for_others_says_so():
    screen = large_output._Screen.__new__(large_output._Screen)
    experiment = LargeOutput()
    assert screen.say(None) == "Starting"
    assert screen.say(Measured(experiment, n_ahead=1)) == "Waiting for 1 other"
    assert screen.say(Measured(experiment, n_ahead=2)) == "Waiting for 2 others"
    assert (
        screen.say(Measured(experiment, doing="100 classes")) == f"Measuring 100 classes, {percent(0)} done"
    )
