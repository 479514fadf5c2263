"""Pages in Chromium that note when something is drawn on them.

Times are those of the page itself: from a key, or the release of the pointer, as the page has it, or
from the moment that it is navigated to, until the frame that shows the change. A change of a chart is
any change inside the SVG that Vega draws. The finding is the heading of the page's main part.

A page is at rest when its script isn't running, its link says what it ought to, nothing on it is stale
or being loaded, every chart has its SVG, and none has changed for a while. The last chart came at the last
change before that. What is drawn only when the reader comes near may still be an outline. The first screen
stands from when there is a finding and nothing that the window shows is still to be drawn.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from playwright.sync_api import Page, Playwright

from tests.serving import CHROMIUM_FLAGS, chromium

CHARTS = "svg.marks"
TEXT = '[data-testid="stText"]'
PLACES = ("stVegaLiteChart", "stSkeleton", "stSkeletonElement")
"""What is, or keeps room for, something to be drawn."""
QUIET_MILLISECONDS = 400
MOST_SECONDS = 60

NOTE = """(watched) => {
    const nothing = {said: null, first: null, last: null, stands: null};
    const noted = window.noted = {since: 0, ...nothing};
    let due = false, looks = false, saying = null;
    const inside = (node) => (node.closest ? node : node.parentElement)?.closest(watched);
    const within = (node) => inside(node) || node.querySelector?.(watched);
    const draw = () => {
        due = false;
        noted.last = performance.now();
        noted.first ??= noted.last;
    };
    const says = () => document.querySelector('[data-testid="stMain"] h2')?.textContent;
    const say = () => { noted.said = performance.now(); };
    const isInView = (node) => {
        const {top, bottom} = node.getBoundingClientRect();
        return bottom > 0 && top < innerHeight;
    };
    const isDrawn = (node) => node.dataset.testid === 'stVegaLiteChart' && node.querySelector('svg.marks');
    const stands = () => says() && !says().startsWith('Training')
        && [...document.querySelectorAll(PLACES)].every(node => isDrawn(node) || !isInView(node));
    const look = () => {
        looks = false;
        noted.stands = stands() ? noted.stands ?? performance.now() : null;
    };
    new MutationObserver((records) => {
        if (says() !== saying) {
            saying = says();
            requestAnimationFrame(say);
        }
        if (!looks) {
            looks = true;
            requestAnimationFrame(look);
        }
        if (!due && records.some(({target, addedNodes}) => inside(target) || [...addedNodes].some(within))) {
            due = true;
            requestAnimationFrame(draw);
        }
    }).observe(document, {subtree: true, childList: true, attributes: true, characterData: true});
    for (const type of ['keydown', 'pointerup'])
        addEventListener(type, ({timeStamp}) =>
            Object.assign(noted, nothing, {since: timeStamp}), true);
}""".replace("PLACES", repr(", ".join(f'[data-testid="{name}"]' for name in PLACES)))
"""Notes when things are drawn."""

AT_REST = """([link, quiet]) => {
    const {last} = window.noted ?? {};
    const says = new URLSearchParams(location.search);
    return last && performance.now() - last > quiet
        && document.querySelector('[data-testid="stApp"]').dataset.testScriptState === 'notRunning'
        && Object.entries(link).every(([name, value]) => (says.get(name) ?? '') === value)
        && !document.querySelector('[data-testid="stSkeleton"], [data-stale="true"]')
        && [...document.querySelectorAll('[data-testid="stVegaLiteChart"]')]
            .every(chart => chart.querySelector('svg.marks'));
}"""

TO_THE_END = """() => {
    Object.assign(noted, {since: performance.now(), said: null, first: null, last: null, stands: null});
    const main = document.querySelector('[data-testid="stMain"]');
    main.scrollTop = main.scrollHeight;
}"""


@dataclass(frozen=True)
class Drawn:
    """Seconds until the finding, NaN if it stays as it was, until the first and the last chart, and until the
    first screen stands.
    """

    said: float
    first: float
    last: float
    stands: float


class Watched:
    """A page whose charts, or whose text, are watched."""

    def __init__(self, page: Page, what: str = CHARTS) -> None:
        self.page = page
        page.add_init_script(f"({NOTE})({what!r})")

    def open(self, url: str, **link: str) -> Drawn:
        """Go there, and wait until it's at rest."""
        query = "&".join(f"{name}={value}" for name, value in link.items())
        return self.go(f"{url}/?{query}", **link)

    def go(self, address: str, **link: str) -> Drawn:
        """Go to an address, and wait until the page is at rest with the link given."""
        self.page.goto(address, wait_until="commit")
        return self.rest(**link)

    def choose(self, title: str, **link: str) -> Drawn:
        """Choose a page in the menu, and wait until it's at rest with the link given."""
        self.page.get_by_test_id("stHeader").get_by_role("link", name=title).click()
        return self.rest(**link)

    def press(self, name: str, key: str, role: str = "slider", **link: str) -> Drawn:
        """Press a key on a control, and wait until the page is at rest with the link given."""
        self.page.get_by_role(role, name=name).press(key)  # type: ignore[arg-type]
        return self.rest(**link)

    def scroll(self, **link: str) -> Drawn:
        """Go to the page's end, near which more is drawn, and wait until it's at rest."""
        self.page.evaluate(TO_THE_END)
        return self.rest(**link)

    def rest(self, **link: str) -> Drawn:
        """Wait until the page is at rest; the times since the last key, release or navigation."""
        self.page.wait_for_function(
            AT_REST, arg=[link, QUIET_MILLISECONDS], polling=50, timeout=1000 * MOST_SECONDS
        )
        for text in self.page.get_by_test_id("stException").all_inner_texts():
            raise RuntimeError(f"the page shows an exception: {text}")
        noted = self.page.evaluate("noted")
        times = (noted[name] for name in ("said", "first", "last", "stands"))
        return Drawn(*(math.nan if time is None else (time - noted["since"]) / 1000 for time in times))


@contextmanager
def visitor(playwright: Playwright, what: str = CHARTS) -> Iterator[Watched]:
    """Somebody with a browser of their own, started just now, in which nothing is cached."""
    path = chromium(playwright.chromium.executable_path)
    if path is None:
        raise SystemExit("no Chromium: install it (Debian: apt-get install chromium) to run this benchmark")
    browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
    try:
        yield Watched(browser.new_page(viewport={"width": 1280, "height": 800}), what)
    finally:
        browser.close()


def spread(seconds: list[float]) -> str:
    """Median, and from least to greatest."""
    return f"{median(seconds):.2f} ({min(seconds):.2f} to {max(seconds):.2f})"
