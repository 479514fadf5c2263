"""The app in a real browser: one server for all tests and one Chromium a file.

A test asks for `open_page` and gets pages in any size and colour scheme. When it ends, it fails if one
of its pages showed an exception, wrote an error to the console or asked another machine for something,
or if the server logged a traceback.
"""

import os
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, expect, sync_playwright

from tests.serving import CHROMIUM_FLAGS, Server, chromium

SIZES = {"wide": (1280, 800), "narrow": (390, 844)}
SETTLE_SECONDS = 60
EXPECT_SECONDS = 30
"""How long a page may take to show what is expected: two cores run the tests, a server and a browser."""
expect.set_options(timeout=1000 * EXPECT_SECONDS)
DRAWN = """() => [...document.querySelectorAll('[data-testid="stVegaLiteChart"]')]
    .every(chart => !chart.getClientRects().length || chart.querySelector('svg, canvas'))"""
"""Whether every chart is there that isn't hidden: Streamlit draws a chart once it has a width."""
TOLD = """() => ![...document.querySelectorAll('[data-not-yet]')]
    .some(each => each.getBoundingClientRect().top < 1.9 * innerHeight)"""
"""Whether the page has been told of every place that the reader is near."""
CHARTS = """[...document.querySelectorAll('[data-testid="stVegaLiteChart"] :is(svg, canvas)')]"""
FITS = """() => {
    const main = document.querySelector('[data-testid=stMain]');
    const width = each => each.getBoundingClientRect().width;
    return main.scrollWidth <= main.clientWidth
        && [...document.querySelectorAll('[data-testid=stVegaLiteChart]')]
            .every(chart => width(chart.querySelector('svg')) <= width(chart) + 1);
}"""
AXE = """async scope => {
    const rest = [...document.querySelectorAll('g.role-mark > :nth-child(n+4)')]
        .map(mark => [mark.parentNode, mark]);
    rest.forEach(([, mark]) => mark.remove());
    try {
        return await axe.run(scope, {resultTypes: ['violations']});
    } finally {
        rest.forEach(([group, mark]) => group.append(mark));
    }
}"""
"""Runs axe-core on a page. The marks of a group are alike: it sees three of each, as 7,000 take long."""
TO_THE_END = "main => main.scrollTop = main.scrollHeight"
GROUND = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"

OpenPage = Callable[..., Page]


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker runs all browser tests, so that there is one server."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("server") / "log.txt")
    try:
        server.wait()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Playwright, for one file's tests: while it runs, no other test could start an event loop."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium: the system's, or the one that ``playwright install chromium`` fetched."""
    found = chromium(playwright.chromium.executable_path)
    if found is None:
        sentence = "no Chromium: install it (Debian: apt-get install chromium) to run the browser tests"
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    launched = playwright.chromium.launch(executable_path=found, args=CHROMIUM_FLAGS)
    yield launched
    launched.close()


@pytest.fixture(scope="session")
def settle() -> Callable[[Page], Page]:
    """A function that waits until the script has run through and every chart is drawn.

    Straight after a click the run that it causes may not have begun: then wait for what it shows.
    """

    def settle(page: Page) -> Page:
        page.bring_to_front()  # Chromium slows a page in the background down
        app = page.get_by_test_id("stApp")
        for told in (TOLD, DRAWN):  # what is told of begins another run
            expect(app).to_have_attribute(
                "data-test-script-state", "notRunning", timeout=1000 * SETTLE_SECONDS
            )
            expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=1000 * SETTLE_SECONDS)
            page.wait_for_function(told)
        return page

    return settle


@pytest.fixture(scope="session")
def complete(settle: Callable[[Page], Page]) -> Callable[[Page], Page]:
    """A function that goes to a page's end, near which all of it is drawn, and back to its top."""

    def complete(page: Page) -> Page:
        page.bring_to_front()
        main = page.get_by_test_id("stMain")
        main.evaluate(TO_THE_END)
        expect(page.get_by_text("drawn when you come near")).to_have_count(0, timeout=1000 * SETTLE_SECONDS)
        settle(page)
        main.evaluate("main => main.scrollTop = 0")
        return page

    return complete


@pytest.fixture
def open_page(browser: Browser, server: Server, settle: Callable[[Page], Page]) -> Iterator[OpenPage]:
    """A function that opens a page in a new session and waits until it has settled."""
    pages: list[Page] = []
    complaints: list[str] = []
    logged = server.log.stat().st_size

    def on_console(message: ConsoleMessage) -> None:
        # Opened below its root, the app is looked for there first.
        if message.type == "error" and "/_stcore/" not in message.location.get("url", ""):
            complaints.append(f"console: {message.text}")

    def open_page(
        path: str = "/",
        size: Literal["wide", "narrow"] = "wide",
        colour_scheme: Literal["light", "dark"] = "light",
        **context_options: Any,
    ) -> Page:
        width, height = SIZES[size]
        context = browser.new_context(
            base_url=server.url,
            viewport={"width": width, "height": height},
            color_scheme=colour_scheme,
            **{"reduced_motion": "reduce"} | context_options,  # what moves by itself costs time
        )
        page = context.new_page()
        pages.append(page)
        page.on("console", on_console)
        page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
        page.on(
            "request",
            lambda request: (
                complaints.append(f"request to another machine: {request.url}")
                if not request.url.startswith((server.url, "data:", "blob:"))
                else None
            ),
        )
        page.goto(path)
        return settle(page)

    yield open_page

    for page in pages:
        if not page.is_closed():
            complaints += [
                f"exception: {text}" for text in page.get_by_test_id("stException").all_inner_texts()
            ]
        page.context.close()
    with server.log.open() as log:
        log.seek(logged)
        new = log.read()
    if "Traceback" in new:
        complaints.append(f"server: {new}")
    assert not complaints, "\n".join(complaints)


@pytest.fixture(scope="session")
def in_both_views(settle: Callable[[Page], Page]) -> Callable[[Page], Iterator[str]]:
    """A function that looks at a page twice: as it was opened, wide and light, then narrow and dark."""

    def in_both_views(page: Page) -> Iterator[str]:
        yield "light"
        ground = page.evaluate(GROUND)
        page.evaluate(f"() => {CHARTS}.forEach(each => each.dataset.light = true)")
        width, height = SIZES["narrow"]
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark")
        # Every chart is drawn anew.
        page.wait_for_function(f"before => {GROUND} !== before", arg=ground)
        page.wait_for_function(f"() => !{CHARTS}.some(each => each.dataset.light)")
        page.wait_for_function("() => !document.getAnimations().some(each => each instanceof CSSTransition)")
        settle(page)
        yield "dark"

    return in_both_views


@pytest.fixture(scope="session")
def can_be_read_by_all(
    complete: Callable[[Page], Page],
    in_both_views: Callable[[Page], Iterator[str]],
    axe_violations: Callable[[Page], list[str]],
) -> Callable[[Page], None]:
    """A function that fails if something is cut off, or axe-core finds a fault, in either view."""

    def can_be_read_by_all(page: Page) -> None:
        complete(page)
        for _ in in_both_views(page):
            page.wait_for_function(FITS)
            assert axe_violations(page) == []

    return can_be_read_by_all


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """The first page as a laptop shows it."""
    return open_page()


@pytest.fixture(scope="session")
def axe_violations() -> Callable[[Page], list[str]]:
    """A function that lists what axe-core finds serious or critical on a page, one line a finding."""
    script = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
    # Streamlit draws the sparkline of a metric without a text alternative.
    scope = {"exclude": [['[data-testid="stMetricChart"]']]}

    def axe_violations(page: Page) -> list[str]:
        page.evaluate(script)
        found = page.evaluate(AXE, scope)["violations"]
        return [
            f"{violation['id']}: {violation['help']}: {node['html']}"
            for violation in found
            if violation["impact"] in ("serious", "critical")
            for node in violation["nodes"]
        ]

    return axe_violations
