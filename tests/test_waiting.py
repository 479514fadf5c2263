"""How pages wait for results, without a browser."""

from streamlit.runtime.caching import cache_data, cache_resource

from alternatives.experiments import Comparison
from alternatives.pages._waiting import queue
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
    assert app.header[0].value == "This comparison ended in an unexpected error"
    assert "Its log says more" in texts(app)
    assert "operands" not in texts(app)
    assert "operands" in caplog.text
