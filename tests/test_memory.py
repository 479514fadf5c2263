"""One budget of bytes for what is kept and what work needs."""

import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from alternatives import memory as module
from alternatives.memory import LARGEST_SHARE, Memory, kept, n_bytes


@pytest.fixture
def memory(monkeypatch):
    """A memory of its own for functions whose results are kept."""
    own = Memory(kept=1e6)
    monkeypatch.setattr(module, "memory", own)
    return own


@dataclass(eq=False)
class Holder:
    """Something that holds other things."""

    first: object
    second: object = None


@pytest.mark.parametrize("size", [1, 1_000])
def test_bytes_are_those_of_arrays_wherever_they_are_and_shared_ones_count_once(size):
    array, megabyte = np.zeros(size * 1_000), 8_000 * size
    for value in (
        array,
        array[::2],
        array.reshape(10, -1)[3],
        [array, array[1:], array],
        {"a": {"b": (array,)}},
        Holder(array, Holder(array)),
        pd.DataFrame({"x": array}),
        pa.table({"x": array}),
        np.array([array, None], object),
    ):
        assert megabyte <= n_bytes(value) < megabyte + 3_000
    assert n_bytes("x" * megabyte) >= megabyte
    assert n_bytes(np.zeros(10), np.zeros(10)) == 160
    assert n_bytes(len, kept, Holder, sys) == 0


def test_something_that_holds_itself_ends():
    holder = Holder(np.zeros(100))
    holder.second = [holder]
    assert 800 < n_bytes(holder) < 2_000


def test_what_was_used_least_recently_goes_first():
    memory = Memory(kept=3_500)
    for name in "abc":
        memory.keep(name, np.zeros(125))
    memory.get("a")
    memory.keep("d", np.zeros(125))
    assert [memory.get(name) is not None for name in "abcd"] == [True, False, True, True]
    assert memory.kept == 3_000


def test_what_would_push_out_nearly_all_else_is_not_kept():
    memory = Memory(kept=30_000)
    memory.keep("small", np.zeros(10))
    memory.keep("large", np.zeros(int(LARGEST_SHARE * 30_000 / 8) + 1))
    assert memory.get("large") is None
    assert memory.get("small") is not None


def test_what_grows_is_counted_anew(monkeypatch):
    memory, things = Memory(kept=30_000), []
    memory.keep("things", things)
    things.append(np.zeros(1_000))
    memory.get("things")
    assert memory.kept < 100
    monkeypatch.setattr(module, "MEASURED_SECONDS", 0.0)
    waiting = []
    monkeypatch.setattr(module, "_soon", lambda seconds, act: waiting.append(act) or True)
    for _ in range(2):  # nobody who asks waits for it, and it's done once for all of them
        memory.get("things")
    assert memory.kept < 100
    waiting.pop()()
    assert not waiting
    assert 8_000 < memory.kept < 8_500
    things.append(np.zeros(10_000))
    assert memory.get("things") is things
    waiting.pop()()
    assert memory.kept == 0
    assert memory.get("things") is None


def test_work_takes_the_room_of_what_is_kept():
    memory = Memory(kept=5_000, most=8_000)
    for name in "abcd":
        memory.keep(name, np.zeros(125))
    memory.reserve(3_000)
    assert memory.kept == 4_000
    memory.reserve(3_000)
    assert (memory.kept, memory.reserved, memory.room) == (2_000, 6_000, 2_000)
    assert memory.get("a") is None
    memory.reserve(3_000)
    assert memory.kept == 0
    memory.release(9_000)
    assert memory.reserved == 0


def test_a_function_makes_equal_things_once(memory):
    made = []

    @kept
    def thing(name):
        made.append(name)
        return Holder(name)

    assert thing("a") is thing("a") is not thing("b")
    assert made == ["a", "b"]
    thing.cache_clear()
    thing("a")
    assert made == ["a", "b", "a"]


def test_what_is_too_large_to_keep_is_shared_while_somebody_holds_it(memory):
    @kept
    def thing(name):
        return Holder(np.zeros(10**6))

    first = thing("a")
    assert memory.kept == 0
    assert thing("a") is first


def test_nothing_is_made_twice_at_a_time_and_errors_are_not_kept(memory):
    made, let = [], threading.Event()

    @kept
    def thing(name):
        made.append(name)
        assert let.wait(10)
        if len(made) == 1:
            raise OSError
        return Holder(name)

    found = []

    def ask() -> None:
        try:
            found.append(thing("a"))
        except OSError as error:
            found.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    let.set()
    for thread in threads:
        thread.join()
    assert made == ["a", "a"]
    assert len({id(each) for each in found}) == 2


FREED = """
import time
import numpy as np
from alternatives import memory as module
module.SECONDS_TO_GIVE_BACK = 0.05

def resident():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * 4096

memory = module.Memory(kept=1e9)
memory.keep("many", [np.ones(1_000) for _ in range(10_000)])
pin = [np.ones(1_000) for _ in range(10)]  # on the heap, behind all others
before = resident()
memory.reserve(1e9)
memory.limit(0, 0)
time.sleep(1)
print(before - resident())
"""


def test_memory_goes_back_even_if_there_once_was_no_thread_for_it(monkeypatch):
    def fail(thread):
        raise RuntimeError("can't start new thread")

    given_back, memory = threading.Event(), Memory()
    monkeypatch.setattr(module, "SECONDS_TO_GIVE_BACK", 0.0)
    monkeypatch.setattr(module, "give_back", given_back.set)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Timer, "start", fail)
        memory.release(1e9)
    assert not given_back.is_set()
    memory.release(1e9)
    assert given_back.wait(10)


@pytest.mark.skipif(
    module._from_c("malloc_trim") is None or not Path("/proc/self/statm").exists(), reason="needs glibc"
)
def test_memory_goes_back_to_the_system():
    done = subprocess.run(
        [sys.executable, "-c", FREED],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) > 60e6


THREADS = """
import ctypes, threading, sys
from alternatives.memory import share_heaps
if sys.argv[1] == "shared":
    share_heaps()
barrier = threading.Barrier(20)
def work():
    kept = [bytes(2_000) for _ in range(50)]
    barrier.wait()
threads = [threading.Thread(target=work) for _ in range(20)]
for thread in threads: thread.start()
for thread in threads: thread.join()
c = ctypes.CDLL(None)
c.fdopen.restype = ctypes.c_void_p
file = c.fdopen(1, b"w")
c.malloc_info(0, ctypes.c_void_p(file))
c.fflush(ctypes.c_void_p(file))
"""


@pytest.mark.skipif(module._from_c("mallopt") is None, reason="needs glibc")
def test_threads_share_few_heaps():
    def n_heaps(how):
        done = subprocess.run(
            [sys.executable, "-c", THREADS, how],
            cwd=Path(__file__).parents[1],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.count("<heap nr=")

    assert n_heaps("shared") <= module.N_HEAPS < n_heaps("own")
