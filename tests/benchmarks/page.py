"""One person's page: how long from opening it, or from a change, to the first and to the last chart.

The default comparison, in Chromium on this machine. In each round, with first seeds that nobody has
seen but for the first:

- a new browser, with nothing cached, opens the page as a newcomer does, whose comparison the server has
  trained ahead;
- a new browser, with nothing cached, opens the page with a comparison that has to be trained, and
  another new one opens it again, now that it is trained;
- a first seed is typed and entered, after which the whole comparison is trained anew;
- the slider of the seeds is moved by one, by a key, to 20 (trained anew) and back to 21 (seen before);
- the slider of the seeds is dragged from 32 to 20 within about a second, stopping at each value, with
  the mouse, of which Streamlit tells the server at its release, and with an arrow key, of which it tells
  it value by value; the time is that after the release, and after the last key;
- *Side by side* with four comparisons that were seen before: chosen in the menu, where the page *Compare*
  is open and knows the session, and opened by its link in a new browser. The last chart is the last in
  view; then the page is scrolled to its end, and the charts below are drawn.

The peer is a page with one slider and one line of text, on a server of the same kind: opened in
a new browser, and its slider moved by one. Every ratio is to the peer's time in the same round: to its
opening where a page is opened or chosen, else to its slider. Beside it stands what Streamlit itself takes
for two charts of three points and six controls, which no page with such a first screen could do without.
The first screen stands from when the finding and all that the window shows is drawn.
"""

import argparse
import math
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

from tests.benchmarks._browser import TEXT, Drawn, Watched, spread, visitor
from tests.benchmarks._timing import machine, ratios
from tests.benchmarks.load import EMPTY_PAGE
from tests.benchmarks.together import SESSION
from tests.serving import Server

OPENING, MOVING = "empty page: opened", "empty page: slider moved"
PLAIN = "two plain charts, six controls: opened"
NEWCOMER = "opened by a newcomer"
FOUR, FOUR_OPENED = "four pins, chosen in the menu", "four pins, opened by their link"
BELOW = "four pins, scrolled to the charts below"
PLAIN_PAGE = Path(__file__).with_name("_plain_page.py")
SLIDER = "Seeds"
DRAG = range(32, 19, -1)
STOP_MILLISECONDS = 80
"""Time for each value on the way."""


def one_round(
    app: Server, empty: Server, plain: Server, playwright: Playwright, seeds: Iterator[int]
) -> dict[str, Drawn]:
    """All times of one round, by what was done."""
    times = {}
    with visitor(playwright, TEXT) as there:
        times[OPENING] = there.open(empty.url)
        times[MOVING] = there.press("Number", "ArrowRight", number="1")
    with visitor(playwright) as there:
        times[PLAIN] = there.open(plain.url)
    with visitor(playwright) as there:
        times[NEWCOMER] = there.open(app.url)
    opened = {"first_seed": str(next(seeds))}
    with visitor(playwright) as there:
        times["opened"] = there.open(app.url, **opened)
    with visitor(playwright) as there:
        times["opened, seen before"] = there.open(app.url, **opened)
        there.page.get_by_text("More settings", exact=True).click()
        typed = str(next(seeds))
        there.page.get_by_role("spinbutton", name="First seed").fill(typed)
        times["first seed entered"] = there.press("First seed", "Enter", "spinbutton", first_seed=typed)
        fresh = {"first_seed": str(next(seeds))}
        there.open(app.url, seeds="21", **fresh)
        # 20 is the default, which links leave out: so the page is at rest when the link no longer says 21.
        times["slider moved"] = there.press(SLIDER, "ArrowLeft", seeds="")
        times["slider moved, seen before"] = there.press(SLIDER, "ArrowRight", seeds="21")
        there.open(app.url, seeds=str(DRAG[0]), first_seed=str(next(seeds)))
        times["slider dragged with the mouse"] = drag(there)
        there.open(app.url, seeds=str(DRAG[0]), first_seed=str(next(seeds)))
        for _ in DRAG[1:-1]:
            there.page.get_by_role("slider", name=SLIDER).press("ArrowLeft")
            there.page.wait_for_timeout(STOP_MILLISECONDS)
        times["slider dragged with a key"] = there.press(SLIDER, "ArrowLeft", seeds="")
    pins, first_pin = f"{app.url}/side_by_side?{SESSION.to_link()}", SESSION.pins[0].name
    with visitor(playwright) as there:
        times[FOUR_OPENED] = there.go(pins, pin=first_pin)
        there.choose("Compare", pin="")
        times[FOUR] = there.choose("Side by side", pin=first_pin)
        times[BELOW] = there.scroll(pin=first_pin)
    return times


def drag(there: Watched) -> Drawn:
    """Drag the slider of the seeds with the mouse, value by value."""
    slider, mouse = there.page.get_by_role("slider", name=SLIDER), there.page.mouse
    slider.scroll_into_view_if_needed()
    # The slider itself can't be seen: the box it lies in is its handle, and around that is the track.
    track = slider.locator("xpath=../../..").bounding_box()
    assert track is not None
    low, high = (int(slider.get_attribute(name) or 0) for name in ("min", "max"))
    xs = [track["x"] + track["width"] * (value - low) / (high - low) for value in DRAG]
    y = track["y"] + track["height"] / 2
    mouse.move(xs[0], y)
    mouse.down()
    for x in xs[1:]:
        mouse.move(x, y)
        there.page.wait_for_timeout(STOP_MILLISECONDS)
    mouse.up()
    if (value := slider.input_value()) != str(DRAG[-1]):
        raise RuntimeError(f"the slider was dragged to {value}, not to {DRAG[-1]}")
    return there.rest(seeds="")


def print_times(rounds: list[dict[str, Drawn]]) -> None:
    """A row for each thing that was done: seconds, and in brackets how many times the empty page's."""
    titles = {
        "said": "finding",
        "first": "first picture",
        "stands": "first screen stands",
        "last": "last chart",
    }
    print(f"{'':39}", *(f"{f'{title}, s':>24}" for title in titles.values()))
    for name in rounds[0]:
        peer = OPENING if "opened" in name or name == FOUR else MOVING
        cells = []
        for when in titles:
            found = [getattr(times[name], when) for times in rounds]
            is_first = when in ("said", "stands") and "opened" not in name and name != FOUR
            is_drawn = when == "first" and ("dragged" in name or name == peer)
            if is_first or is_drawn or any(map(math.isnan, found)):
                cells.append("")
                continue
            _, middle, _ = ratios(found, [times[peer].last for times in rounds])
            cells.append(spread(found) + (f" [{middle:.1f}]" if name != peer else ""))
        print(f"{name:39}", *(f"{cell:>24}" for cell in cells))


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks page", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="two rounds")
    options = parser.parse_args(arguments)
    n_rounds = 2 if options.quick else options.rounds
    print(f"{machine()}\n{n_rounds} rounds: median (least to greatest)\n")
    seeds = count(1)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        app, empty = Server(Path(folder) / "app"), Server(Path(folder) / "empty", EMPTY_PAGE)
        plain = Server(Path(folder) / "plain", PLAIN_PAGE)
        try:
            for each in (app, empty, plain):
                each.wait()
            # The first round, which isn't counted, is the server's first visit.
            rounds = [one_round(app, empty, plain, playwright, seeds) for _ in range(1 + n_rounds)][1:]
        finally:
            for each in (app, empty, plain):
                each.stop()
    print_times(rounds)
