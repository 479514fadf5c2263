"""Somebody's own data on the pages: brought, reported, decided upon, compared; hidden from everybody else."""

import gc
import inspect
import re
import time
import weakref
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.runtime import Runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager
from streamlit.testing.v1 import AppTest

from alternatives.datasets import Own, picture, read
from alternatives.experiments import Comparison
from alternatives.memory import memory
from alternatives.pages import inside
from alternatives.pages._ahead import end_old_visits
from alternatives.pages._waiting import Needed, queue
from alternatives.tables import Decisions, changing, read_table, understand

APP = Path(__file__).parents[1] / "alternatives/pages/_frame.py"
SMALL = {"dataset": "iris", "seeds": "3", "epochs": "2", "learning_rate": "0.01", "hidden": "8"}
GO = "own data go"


def contents(seed=0, n=60, class_name="kind"):
    """Numbers with gaps, categories, and row numbers."""
    random = np.random.default_rng(seed)
    lines = [f"id,length,width,colour,{class_name}"]
    for k in range(n):
        length = "" if k % 7 == 0 else f"{random.normal(k % 3):.3f}"
        colour = ["red", "green"][random.integers(2)]
        lines.append(f"{k + 1},{length},{random.normal(k % 3):.3f},{colour},k{k % 3}")
    return "\n".join(lines).encode()


@pytest.fixture
def data(request):
    """A file that no other test has, so that nothing is kept of it."""
    return contents(seed=sum(request.node.name.encode()))


def visit(**link):
    app = AppTest.from_file(APP, default_timeout=60)
    app.session_state["your own data"] = True
    for name, value in link.items():
        app.query_params[name] = value
    return app.run()


def give(app, name, contents, where="sidebar"):
    """Drop a file on the uploader whose key says where it is."""
    uploader = next(each for each in app.file_uploader if where in each.key)
    uploader.upload(name, contents)
    return app.run()


def link_of(app):
    return {name: value if isinstance(value, str) else value[0] for name, value in app.query_params.items()}


def texts(app):
    """What the page says, without Markdown's escapes."""
    return re.sub(r"\\(.)", r"\1", " ".join(each.value for each in (*app.header, *app.markdown)))


def heading(app):
    return re.sub(r"\\(.)", r"\1", app.header[0].value)


def charts(app):
    return app.get("vega_lite_chart")


def control(app, kind, key):
    """One of the controls of the report, whose keys have the file's checksum, or any other one."""
    return next(
        each for each in getattr(app.main, kind) if re.sub(r"(?<= )[0-9a-f]{16} ", "", each.key) == key
    )


def test_an_upload_is_reported_before_anything_is_trained(data):
    app = give(visit(**SMALL), "glass.csv", data)
    assert not app.exception
    assert heading(app) == "glass.csv: 60 samples, 3 of 4 features, 3 classes"
    said = texts(app)
    assert "“id”" in said
    assert "numbers the rows" in said
    assert "9 values are missing" in said
    assert link_of(app)["dataset"].startswith("own(name=glass.csv, rows=60, columns=5, checksum=")
    assert len(charts(app)) == 3  # class sizes, the picture of the classes and its key
    shared = Comparison.from_link(link_of(app))[0]
    assert memory.get((Comparison, shared.trained_alike.to_json())) is None
    app.button(key=GO).click().run()
    assert not app.exception
    assert heading(app).startswith("On glass.csv over 3 seeds")


def test_another_visitor_sees_results_only_with_the_same_file(data):
    first = give(visit(**SMALL), "glass.csv", data)
    first.button(key=GO).click().run()
    tables = [table.value.to_string() for table in first.table]
    assert tables

    other = visit(**link_of(first))
    assert heading(other) == "This link needs the file glass.csv"
    assert "60 rows and 5 columns" in texts(other)
    assert not charts(other)
    assert not other.table
    assert not other.get("download_button")

    give(other, "glass.csv", contents(seed=1, n=50), "needed")
    assert heading(other) == "This link needs the file glass.csv"
    assert "Expected 60 rows and 5 columns, got 50 rows and 5 columns" in texts(other)
    give(other, "glass.csv", contents(seed=1), "needed")
    assert "as expected, but other contents" in texts(other)
    assert not charts(other)

    give(other, "copy of it.csv", data, "needed")
    assert not other.exception
    assert [table.value.to_string() for table in other.table] == tables
    assert heading(other) == heading(first)
    assert link_of(other) == link_of(first)


@pytest.mark.parametrize("part", ["hidden layers", "gate"])
def test_inside_asks_for_the_file_too_and_has_what_was_uploaded_on_compare(part, data):
    dataset = read(data, name="glass.csv")
    field = {"hidden layers": "dataset", "gate": "gate_dataset"}[part]

    def page():
        from alternatives.pages import inside

        inside.page()

    app = AppTest.from_function(page, default_timeout=60)
    app.session_state["your own data"] = True
    app.query_params["part"], app.query_params[field] = part, str(dataset)
    app.run()
    assert not app.exception
    assert heading(app) == "This link needs the file glass.csv"
    assert not charts(app)
    give(app, "other.csv", contents(seed=5))
    assert heading(app) == "other.csv: 60 samples, 3 of 4 features, 3 classes"
    assert getattr(app.session_state[inside.STATE._value], field).name == "other.csv"


def test_the_queue_gives_nobody_results_of_a_file_that_he_has_not_brought(data):
    comparison = Comparison(read(data, name="glass.csv"), n_seeds=2, n_epochs=2, learning_rate=0.01)
    memory.keep((Comparison, comparison.to_json()), "results")
    assert queue.get(comparison) is None
    for ask in (queue.check, queue.results, queue.begin):
        with pytest.raises(Needed, match=r"needs the file glass.csv \(60 rows and 5 columns\)"):
            ask(comparison)


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("ragged.csv", b"a,b\n1,2\n3,4,5\n", "line 3 has 3 cells"),
        ("empty.csv", b"", "empty"),
        ("table.xlsx", b"PK\x03\x04" + b"xl/workbook" * 3, "save it as CSV"),
        ("<script>alert(1)</script>.csv", b"\x00\x01\x02\xff", "script_alert_1"),
        (
            "wide.csv",
            b",".join(b"%d" % k for k in range(600)) + b"\n" + b",".join([b"1"] * 600),
            "500 columns",
        ),
    ],
)
def test_a_bad_file_is_a_sentence_and_changes_nothing(name, given, said):
    app = visit(**SMALL)
    before, link = heading(app), link_of(app)
    give(app, name, given)
    assert not app.exception
    assert heading(app) == before
    assert link_of(app) == link
    assert said in texts(app)
    assert "<script" not in texts(app)


def test_a_quantity_as_class_is_refused_with_the_control_that_mends_it(data):
    rows = [line.split(b",") for line in data.splitlines()]
    last = [(*row[:4], row[4], row[2]) for row in rows]
    app = give(
        visit(**SMALL),
        "x.csv",
        b"\n".join(map(b",".join, [(b"id", b"l", b"w", b"c", b"k", b"target"), *last[1:]])),
    )
    assert not app.exception
    assert heading(app) == "x.csv can't be used like this"
    assert "regression" in texts(app)
    assert not charts(app)
    control(app, "multiselect", "own dataset decided category").set_value([6]).run()
    assert "regression" not in texts(app)
    control(app, "multiselect", "own dataset decided category").set_value([]).run()
    control(app, "selectbox", "own dataset class").set_value(5).run()
    assert not app.exception
    assert heading(app) == "x.csv: 60 samples, 4 of 5 features, 3 classes"
    assert "decisions=t5" in link_of(app)["dataset"]


def test_every_decision_is_in_the_link_and_an_old_link_undoes_it(data):
    app = give(visit(**SMALL), "glass.csv", data)
    first = link_of(app)
    assert control(app, "multiselect", "own dataset out").value == [1]
    control(app, "multiselect", "own dataset out").set_value([1, 3]).run()
    assert link_of(app)["dataset"].endswith("decisions=o3)")
    control(app, "multiselect", "own dataset out").set_value([3]).run()
    assert link_of(app)["dataset"].endswith("decisions=o3_u1)")
    control(app, "text_input", "own dataset missing").set_value("-9, red").run()
    assert link_of(app)["dataset"].endswith("decisions=o3_u1_m-9.red)")
    assert "“colour”" in texts(app)
    for name, value in first.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    assert control(app, "multiselect", "own dataset out").value == [1]
    assert link_of(app) == first


def test_a_decision_that_spoils_the_table_is_refused(data):
    app = give(visit(**SMALL), "glass.csv", data)
    before = link_of(app)
    control(app, "selectbox", "own dataset class").set_value(2).run()
    assert "regression" in texts(app)
    assert "Nothing was changed" in texts(app)
    assert link_of(app) == before
    assert control(app, "selectbox", "own dataset class").value == 5


def test_dates_whose_order_is_in_doubt_are_said_and_can_be_decided(data):
    lines = [
        f"{1 + k % 12:02d}/{1 + k * 5 % 12:02d}/{2010 + k // 12},{k % 7},{'ab'[k % 2]}" for k in range(60)
    ]
    app = give(visit(**SMALL), "days.csv", "\n".join(["day,x,class", *lines]).encode())
    first = link_of(app)
    assert re.search(r"“day” is left out: .* day first or month first", texts(app))
    control(app, "multiselect", "own dataset date").set_value([1]).run()
    assert link_of(app)["dataset"].endswith("decisions=k1d)")
    assert control(app, "multiselect", "own dataset out").value == []
    control(app, "multiselect", "own dataset date").set_value([]).run()
    assert link_of(app) == first


def test_rare_classes_are_left_out_or_put_together_by_choice(data):
    rare = data + b"\n" + b"\n".join(b"%d,1,%d,red,rare%d" % (61 + k, k, k % 2) for k in range(6))
    app = give(visit(**SMALL), "glass.csv", rare)
    assert "5 classes" in heading(app)
    control(app, "radio", "own dataset rare").set_value("together").run()
    assert link_of(app)["dataset"].endswith("decisions=rt)")
    assert "put together" in texts(app)


def test_other_data_sets_and_back_keep_the_file_and_its_decisions(data):
    app = give(visit(**SMALL), "glass.csv", data)
    control(app, "multiselect", "own dataset out").set_value([1, 3]).run()
    own = link_of(app)["dataset"]
    chooser = next(each for each in app.sidebar.selectbox if each.key == "dataset")
    chooser.set_value("iris").run()
    assert link_of(app)["dataset"] == "iris"
    chooser = next(each for each in app.sidebar.selectbox if each.key == "dataset")
    assert "Yours: glass.csv" in chooser.options
    chooser.select("Yours: glass.csv").run()
    assert not app.exception
    assert link_of(app)["dataset"] == own


def test_hostile_contents_are_shown_as_they_are():
    name = "<img src=x onerror=alert(1)>"
    hostile = (
        contents(seed=99).replace(b"colour", name.encode()).replace(b"red", b"$\\frac{1}{2}$ **x** :red[y]")
    )
    app = give(visit(**SMALL), "a.csv", hostile)
    assert not app.exception
    for text in (*app.header, *app.markdown):
        assert "<img" not in text.value.replace("\\<", "")
        assert "**x**" not in text.value
    assert not app.get("html") or all("<img src=x" not in each.proto.body for each in app.get("html"))


def test_nothing_stays_when_the_visit_ends(data):
    app = give(visit(**SMALL), "glass.csv", data)
    app.button(key=GO).click().run()
    own = Own.from_text(link_of(app)["dataset"])
    assert own.table_is_here()
    assert any(own.checksum in repr(key) for key in list(memory._things))
    del app
    for _ in range(100):
        gc.collect()
        if not any(own.checksum in repr(key) for key in list(memory._things)):
            break
        time.sleep(0.05)
    assert not own.table_is_here()
    assert not any(own.checksum in repr(key) for key in list(memory._things))


def test_a_visit_that_nobody_comes_back_to_is_emptied():
    storage, state = MemorySessionStorage(ttl_seconds=0.2), {"own data: files": "a table"}
    session = type("Session", (), {"id": "1", "session_state": state})()
    storage.save(SimpleNamespace(session=session))
    manager = SimpleNamespace(_session_storage=storage)
    server = SimpleNamespace(_session_mgr=manager, is_active_session=lambda name: False)
    away = weakref.WeakSet()
    end_old_visits(server, away)
    assert state
    time.sleep(0.3)
    end_old_visits(server, away)
    assert not state
    assert not away


def test_streamlit_has_what_ends_old_visits():
    assert "_session_mgr" in inspect.getsource(Runtime.__init__)
    assert "_session_storage" in inspect.getsource(WebsocketSessionManager.__init__)
    assert callable(MemorySessionStorage()._cache.expire)
    assert callable(AppSession.session_state.fget)


def test_pins_of_own_data_ask_for_their_file_and_the_others_stand(data):
    dataset = read(data, name="glass.csv")

    def page():
        from alternatives.pages import side_by_side

        side_by_side.page()

    app = AppTest.from_function(page, default_timeout=60)
    for name, value in SMALL.items():
        app.query_params[name] = value
    app.query_params["pin"] = ["iris", "glass"]
    app.query_params["dataset"] = f"iris~{dataset}"
    app.run()
    assert not app.exception
    assert "This needs the file glass.csv (60 rows and 5 columns)" in texts(app)
    n_charts = len(charts(app))
    give(app, "glass.csv", data, "pin")
    assert not app.exception
    assert "This needs the file" not in texts(app)
    assert len(charts(app)) > n_charts


# What the report is made of


def test_a_decision_and_its_opposite_are_none():
    lines = [f"{k + 1},{k % 5},{k % 7 / 2},{'ab'[k % 2]},k{k % 3}" for k in range(60)]
    table = read_table("\n".join(["id,code,number,letter,class", *lines]).encode(), "x.csv")
    first = understand(table)
    assert [column.number for column in first.columns if not column.is_used] == [1]

    out = changing.left_out(first, (1, 3))
    assert out == Decisions(out=(3,))
    assert changing.left_out(understand(table, out), (1,)) == Decisions()
    taken = changing.left_out(first, ())
    assert taken == Decisions(taken=(1,))
    assert changing.left_out(understand(table, taken), (1,)) == Decisions()
    category = changing.of_kind(first, "category", (2, 4))
    assert category == Decisions(kinds={2: "category"})
    assert changing.of_kind(understand(table, category), "category", (4,)) == Decisions()
    assert changing.with_target(out, 3) == Decisions(target=3)
    assert changing.with_missing(first.decisions, " -9, none,, ") == Decisions(missing=("-9", "none"))


@pytest.mark.parametrize(
    ("text", "missing"),
    [("-9,5", ["-9,5"]), ("-9,5; 7", ["-9,5", "7"]), ("-9,-99,none", ["-9", "-99", "none"])],
)
def test_a_comma_between_digits_is_a_decimal_one(text, missing):
    decisions = changing.with_missing(Decisions(), text)
    assert decisions == Decisions(missing=missing)
    assert changing.with_missing(Decisions(), changing.missing_of(decisions)) == decisions


def test_back_to_the_guess_is_no_decision():
    lines = [f"000{k % 4},{k % 5},{k / 7},{'ab'[k % 2]},{k % 3}" for k in range(60)]
    table = read_table("\n".join(["code,count,number,letter,last", *lines]).encode(), "x.csv")
    first = understand(table)
    assert (first.target.number, first.columns[0].kind) == (5, "category")

    other = changing.needed(table, changing.with_target(first.decisions, 4))
    assert other == Decisions(target=4)
    assert changing.needed(table, changing.with_target(other, 5)) == Decisions()
    numbers = changing.needed(table, changing.of_kind(first, "category", (4,)))
    assert numbers == Decisions(kinds={1: "number"})
    back = changing.of_kind(understand(table, numbers), "category", (1, 4))
    assert changing.needed(table, back) == Decisions()
    for kept in (Decisions(kinds={9: "date"}), Decisions(target=9), Decisions(kinds={4: "number"})):
        assert changing.needed(table, kept) == kept


def test_the_picture_is_that_of_principal_components_and_bounded():
    dataset = read(contents(seed=3, n=3_000), name="many.csv")
    plane = picture.plane(dataset.load())
    assert plane.points.shape == (picture.MOST_POINTS, 2)
    assert set(plane.targets) == {0, 1, 2}
    assert 0 < plane.share <= 1
    assert abs(np.corrcoef(plane.points.T)[0, 1]) < 1e-6  # components are uncorrelated
    assert plane.points.var(0)[0] >= plane.points.var(0)[1]


def test_images_are_shown_as_they_were_given(tmp_path):
    X = np.random.default_rng(0).integers(0, 256, (40, 6, 6)).astype(np.uint8)
    X[:, 0, 0] = 0  # a constant pixel is no feature, but part of the image
    X[:, 1, 1], X[:, 2, 2] = 0, 255
    path = tmp_path / "images.npz"
    np.savez_compressed(path, X=X, y=np.arange(40) % 2)
    found = picture.images(understand(read_table(path)))
    assert list(found) == ["0", "1"]
    for k, image in enumerate(X[0:16:2]):
        np.testing.assert_array_equal(found["0"][:, 8 * k : 8 * k + 6], image)
    assert picture.images(understand(read_table(contents(), "x.csv"))) == {}
