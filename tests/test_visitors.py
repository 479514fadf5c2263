"""Fair turns among visitors: who asks for much waits for those who have had less."""

import threading
import time

import pytest

from alternatives.serving.limits import Limits, Refused
from alternatives.serving.queue import Queue
from alternatives.serving.turns import Turns
from alternatives.serving.visitors import HALF_LIFE, MUCH, SLACK, Accounts
from alternatives.training.priority import LATER
from tests.test_queue import Task, eventually

GREEDY, OTHER = "203.0.113.1", "203.0.113.2"


@pytest.fixture
def now():
    return [0.0]


@pytest.fixture
def accounts(now):
    return Accounts(lambda: now[0])


def test_what_was_used_fades(accounts, now):
    accounts.charge(GREEDY, 8)
    now[0] += HALF_LIFE
    assert accounts.used(GREEDY) == pytest.approx(4)
    accounts.charge(GREEDY, 1)
    assert accounts.used(GREEDY) == pytest.approx(5)
    assert accounts.used(OTHER) == 0
    now[0] += 100 * HALF_LIFE
    accounts.charge(OTHER, 1)
    assert set(accounts._used._known) == {OTHER}, "nothing is kept of who left long ago"


def test_who_has_had_more_comes_later_but_only_than_others_who_wait(accounts):
    accounts.charge(GREEDY, SLACK / 2)
    assert accounts.later([GREEDY, OTHER]) == set()
    accounts.charge(GREEDY, SLACK)
    assert accounts.later([GREEDY, OTHER]) == {GREEDY}
    assert accounts.later([GREEDY]) == set()
    assert accounts.later([]) == set()
    accounts.charge(OTHER, 2 * SLACK)
    assert accounts.later([GREEDY, OTHER]) == set()


def test_who_asks_for_more_comes_later_even_without_having_had_it(accounts, now):
    accounts.charge(OTHER, 2 * SLACK)
    with accounts.asking(GREEDY, 2 * SLACK), accounts.asking(GREEDY, 2 * SLACK):
        assert accounts.asked(GREEDY) == 4 * SLACK
        now[0] += HALF_LIFE
        assert accounts.asked(GREEDY) == 4 * SLACK, "what is waited for doesn't fade"
        assert accounts.later([GREEDY, OTHER]) == {GREEDY}
    now[0] += HALF_LIFE
    assert accounts.asked(GREEDY) == pytest.approx(2 * SLACK), "what was left does"
    assert not accounts._waits_for


def test_two_who_ask_for_much_share_by_what_they_have_had(accounts):
    with accounts.asking(GREEDY, 100 * MUCH), accounts.asking(OTHER, 2 * MUCH):
        assert accounts.later([GREEDY, OTHER]) == set()
        accounts.charge(OTHER, 2 * SLACK)
        assert accounts.later([GREEDY, OTHER]) == {OTHER}


def test_who_takes_more_gives_way_while_somebody_else_waits(accounts):
    accounts.charge(GREEDY, 2 * SLACK)
    assert not accounts.gives_way(GREEDY), "nobody waits"
    with accounts.asking(OTHER, SLACK / 2):
        assert accounts.gives_way(GREEDY)
        assert not accounts.gives_way(OTHER)
    with accounts.asking(GREEDY, SLACK / 2):
        assert not accounts.gives_way(GREEDY), "only its own"


def test_there_is_company_while_others_wait_or_have_been_there_of_late(accounts, now):
    accounts.charge(GREEDY, 8)
    with accounts.asking(GREEDY, 8):
        assert not accounts.has_company(GREEDY), "only its own"
        assert accounts.has_company(OTHER)
    with accounts.asking(OTHER, 0.1):
        assert accounts.has_company(GREEDY)
    now[0] += HALF_LIFE
    assert accounts.has_company(GREEDY), "it has just left"
    now[0] += 10 * HALF_LIFE
    assert not accounts.has_company(GREEDY), "it left long ago"


def test_turns_to_draw_are_fair(accounts):
    turns, order, threads = Turns(accounts), [], []
    accounts.charge(GREEDY, 10)

    def draw(visitor: str) -> None:
        with turns.turn(visitor=visitor):
            order.append(visitor)

    with turns.turn(visitor=GREEDY):
        for visitor in (GREEDY, GREEDY, OTHER, GREEDY):
            threads.append(threading.Thread(target=draw, args=(visitor,)))
            threads[-1].start()
            while len(turns._waiting) < len(threads):
                time.sleep(1e-3)
    for thread in threads:
        thread.join()
    assert order == [OTHER, GREEDY, GREEDY, GREEDY]


class Visited(Queue):
    """A queue whose visitors are named after their threads."""

    def visitor(self) -> str:
        return threading.current_thread().name


def ask(queue: Queue, visitor: str, task: Task) -> None:
    """Have a visitor wait for a task; back when it stands in line or is worked on."""
    standing = threading.Event()
    hear = lambda *_: standing.set()  # noqa: E731
    threading.Thread(target=queue.results, args=(task, hear, hear), name=visitor, daemon=True).start()
    assert standing.wait(10)


def test_one_visitor_has_no_more_requests_at_a_time_than_allowed_and_others_pass():
    queue, begun = Visited(Limits(visitor_requests=2), n_jobs=8), []
    tasks = [Task(number, begun) for number in range(1, 6)]
    for task in tasks[:4]:
        ask(queue, GREEDY, task)
    ask(queue, OTHER, tasks[4])
    assert eventually(lambda: 5 in begun)
    assert begun == [1, 2, 5]
    for task in tasks:
        task.let.set()
    assert eventually(lambda: sorted(begun) == [1, 2, 3, 4, 5])


def test_one_visitor_takes_no_more_memory_than_allowed():
    limits = Limits(megabytes=200, visitor_megabytes=80)
    queue, begun = Visited(limits, n_jobs=8), []
    with pytest.raises(Refused, match="at most 80 megabytes are allowed"):
        queue.check(Task(1, megabytes=90))
    tasks = [Task(number, begun, megabytes=50) for number in range(1, 4)]
    for visitor, task in zip((GREEDY, GREEDY, OTHER), tasks, strict=True):
        ask(queue, visitor, task)
    assert eventually(lambda: 3 in begun)
    assert begun == [1, 3]
    for task in tasks:
        task.let.set()
    assert eventually(lambda: sorted(begun) == [1, 2, 3])


def test_the_work_of_who_has_had_much_comes_later_while_somebody_else_waits(accounts):
    queue, begun = Visited(n_jobs=4, accounts=accounts), []
    tasks = [Task(number, begun) for number in (1, 2)]
    accounts.charge(GREEDY, 10)
    ask(queue, GREEDY, tasks[0])
    (job,) = queue._jobs.values()
    assert not job.share.comes_later
    ask(queue, OTHER, tasks[1])
    assert eventually(lambda: job.share.comes_later)
    assert job.share.place(is_first=True) > LATER - 1
    tasks[1].let.set()
    assert eventually(lambda: not job.share.comes_later)
    tasks[0].let.set()
