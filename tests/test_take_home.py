"""Shape's offer of heads as code: folded until somebody wants it."""

import pytest
from streamlit.testing.v1 import AppTest

from alternatives.frameworks import FRAMEWORKS, factored_module, module
from alternatives.heads import HEADS, SphericalSoftmax
from alternatives.pages._take_home import FACTORED, PREFIX
from tests.heads_of_ones_own import a_head_of_ones_own
from tests.test_frameworks import Own

SCRIPT = """
from alternatives.pages import _navigation, claims, compare, shape
_navigation.show({"shape": shape, "compare": compare, "claims": claims})
"""


def unfolded(**link: str) -> AppTest:
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    for name, value in link.items():
        app.query_params[name] = value
    app.session_state[PREFIX] = True
    return app.run()


def code(app: AppTest) -> list[str]:
    """What stands there as code, without the sources of heads."""
    return [f"{each.value}\n" for each in app.code if not each.value.startswith("@")]


def chosen(app: AppTest, head: str, framework: str) -> AppTest:
    app.selectbox(key=f"{PREFIX} head").select(head)
    next(each for each in app.button_group if each.key == f"{PREFIX} framework").set_value(framework)
    return app.run()


def test_nothing_is_made_before_somebody_unfolds_it() -> None:
    app = AppTest.from_string(SCRIPT, default_timeout=60).run()
    assert not app.exception
    assert code(app) == []


def test_the_code_is_that_of_the_command() -> None:
    app = unfolded(heads="softmax,spherical softmax(epsilon=0.1),hinge")
    assert code(app) == [module(HEADS["softmax"], FRAMEWORKS["pytorch"])]
    heads = ["softmax", "spherical softmax(epsilon=0.1)", "hinge"]
    assert app.selectbox(key=f"{PREFIX} head").options == heads
    app = chosen(app, heads[1], "jax")
    assert not app.exception
    assert code(app) == [module(SphericalSoftmax(epsilon=0.1), FRAMEWORKS["jax"])]


def test_the_family_has_its_layer_for_pytorch() -> None:
    app = unfolded()
    assert all(each.label != FACTORED for each in app.toggle)
    app = chosen(app, "Taylor softmax", "pytorch")
    app = next(each for each in app.toggle if each.label == FACTORED).set_value(True).run()
    assert code(app) == [factored_module(HEADS["Taylor softmax"])]
    app = chosen(app, "Taylor softmax", "keras")
    assert code(app) == [module(HEADS["Taylor softmax"], FRAMEWORKS["keras"])]


def test_a_head_of_ones_own_is_there_too() -> None:
    with a_head_of_ones_own() as head:
        app = unfolded(heads=head.name)
        assert code(app) == [module(head, FRAMEWORKS["pytorch"])]


@pytest.fixture
def untranslatable() -> None:
    HEADS.register(Own)
    yield
    HEADS.unregister(Own.name)


def test_what_cannot_be_translated_is_said(untranslatable: None) -> None:
    app = unfolded(heads="own")
    assert not app.exception
    assert code(app) == []
    assert any("can't be translated" in each.value for each in app.markdown)
