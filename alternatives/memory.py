"""Memory: one budget for what a process keeps and for what its work needs.

What is *kept* is there for whoever asks again: data sets, split data, tuned variants, results. It is counted
in bytes, and what was used least recently goes first. Work *reserves* what it is about to need, and what is
kept makes room for it.
"""

import ctypes
import functools
import math
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar, cast
from weakref import WeakValueDictionary

import numpy as np

KEPT_BYTES = 300e6
"""How much is kept while nobody works."""

LARGEST_SHARE = 1 / 3
"""What alone takes more than this share of what may be kept isn't kept: all else would have to go for it."""

CODE = type, FunctionType, BuiltinFunctionType, MethodType, ModuleType
"""What isn't counted."""

SECONDS_TO_GIVE_BACK = 2.0
"""How long after something large has gone its pages go back to the system, with all that goes meanwhile."""
LARGE_BYTES = 8e6

M_ARENA_MAX = -8
"""How glibc calls the most heaps of a process; see malloc.h."""
N_HEAPS = 2

MEASURED_SECONDS = 10.0
"""How long it counts as what it was measured as: results grow by the charts that are drawn of them."""
SECONDS_TO_MEASURE = 1.0
"""How long after it was asked for it is measured anew: what somebody waits for comes first."""

P = ParamSpec("P")
T = TypeVar("T")
Owner = TypeVar("Owner")


class _Thing(NamedTuple):
    """Something that is kept, its bytes, and when they were counted."""

    value: Any
    size: int
    measured_at: float


class Memory:
    """What is kept, and what is reserved.

    Parameters
    ----------
    kept, most : float
        Bytes that may be kept while nobody works, and bytes of both together. What is reserved is never
        refused here: whoever reserves looks at `room` before.
    """

    def __init__(self, kept: float = KEPT_BYTES, most: float = math.inf) -> None:
        self._lock = threading.Lock()
        self._things: OrderedDict[Hashable, _Thing] = OrderedDict()
        self._n_kept, self._n_reserved = 0, 0.0
        self._may_be_kept, self._most = kept, most
        self._gives_back = False
        self._to_measure: set[Hashable] = set()

    def limit(self, kept: float, most: float) -> None:
        """Set other limits."""
        with self._lock:
            self._may_be_kept, self._most = kept, most
        self._make_room()

    @property
    def kept(self) -> int:
        """Bytes that are kept."""
        return self._n_kept

    @property
    def reserved(self) -> float:
        """Bytes that are reserved."""
        return self._n_reserved

    @property
    def room(self) -> float:
        """Bytes that could be reserved now."""
        return self._most - self._n_reserved

    def keep(self, key: Hashable, value: Any) -> None:
        """Keep something, in place of what has been kept under its key."""
        thing = _Thing(value, n_bytes(value), time.monotonic())
        with self._lock:
            gone = self._drop(key)
            if thing.size <= LARGEST_SHARE * self._may_be_kept:
                self._things[key] = thing
                self._n_kept += thing.size
        del gone
        self._make_room()

    def get(self, key: Hashable) -> Any:
        """What is kept under a key; None if nothing is. Now and then it is measured anew, for it may grow."""
        with self._lock:
            thing = self._things.get(key)
            if thing is None:
                return None
            self._things.move_to_end(key)
            is_due = time.monotonic() - thing.measured_at > MEASURED_SECONDS
            is_first = is_due and not self._to_measure
            if is_due:
                self._to_measure.add(key)
        if is_first and not _soon(SECONDS_TO_MEASURE, self._measure):
            self._measure()
        return thing.value

    def _measure(self) -> None:
        """Measure anew what was asked for: four results and what was drawn of them take 50 ms."""
        with self._lock:
            due = {key: self._things[key] for key in self._to_measure if key in self._things}
            self._to_measure.clear()
        for key, thing in due.items():
            size = n_bytes(thing.value)
            with self._lock:
                if self._things.get(key) is not thing:
                    continue
                self._n_kept += size - thing.size
                self._things[key] = thing._replace(size=size, measured_at=time.monotonic())
                if size > LARGEST_SHARE * self._may_be_kept:
                    self._drop(key)
        self._make_room()

    def forget(self, belongs: Callable[[Hashable], bool]) -> None:
        """Drop what is kept under keys that belong to something."""
        with self._lock:
            gone = [self._drop(key) for key in list(self._things) if belongs(key)]
        del gone

    def reserve(self, size: float) -> None:
        """Take so many bytes for work; what is kept makes room."""
        with self._lock:
            self._n_reserved += size
        self._make_room()

    def release(self, size: float) -> None:
        """Give back what was reserved, at the end of the work."""
        with self._lock:
            self._n_reserved -= size
        if size >= LARGE_BYTES:
            self._give_back()

    def _make_room(self) -> None:
        """Drop what was used least recently until the rest fits."""
        gone, size = [], 0.0
        with self._lock:
            fits = min(self._may_be_kept, max(0.0, self._most - self._n_reserved))
            while self._n_kept > fits and self._things:
                key = next(iter(self._things))
                size += self._things[key].size
                gone.append(self._drop(key))
        del gone  # without the lock: what ends with it may take time
        if size >= LARGE_BYTES:
            self._give_back()

    def _drop(self, key: Hashable) -> Any:
        thing = self._things.pop(key, None)
        self._n_kept -= thing.size if thing else 0
        return thing

    def _give_back(self) -> None:
        """Give freed pages back to the system soon."""
        with self._lock:
            if self._gives_back:
                return
            self._gives_back = True
        if not _soon(SECONDS_TO_GIVE_BACK, self._give_back_now):
            self._gives_back = False

    def _give_back_now(self) -> None:
        self._gives_back = False
        give_back()


def _soon(seconds: float, act: Callable[[], None]) -> bool:
    """Do something after a while, in another thread; False where there can't be one."""
    timer = threading.Timer(seconds, act)
    timer.daemon = True
    try:
        timer.start()
    except RuntimeError:  # the system has no more threads, or the process is about to end
        return False
    return True


def give_back() -> None:
    """Give pages that were freed back to the system, where the C library keeps them (glibc does)."""
    trim = _from_c("malloc_trim")
    if trim is not None:
        trim(0)


def share_heaps() -> None:
    """Have all threads of this process share few heaps, where the C library is glibc.

    It would give each thread that runs a heap of its own. Every page's run is a thread, and a few bytes that
    stay of it keep all the heap's pages from the system: after many visitors a third of the server's memory.
    """
    adjust = _from_c("mallopt")
    if adjust is not None:
        adjust(M_ARENA_MAX, N_HEAPS)


@functools.cache
def _from_c(name: str) -> Any:
    """A function of the C library; None where it hasn't got it."""
    with suppress(OSError, AttributeError, TypeError):
        return getattr(ctypes.CDLL(None), name)
    return None


memory = Memory()
"""The memory of this process."""


def kept(make: Callable[P, T]) -> Callable[P, T]:
    """Decorator: keep what a function returns in `memory`, by its arguments, which must be hashable.

    An argument that has an `as_key` is known by that: so what it holds needn't live as long as what is kept.

    Whoever asks while it is made waits for it, so nothing is made twice at a time. What somebody still holds
    is shared even if it isn't kept any more.
    """
    making: WeakValueDictionary[Hashable, _Making] = WeakValueDictionary()
    alive: WeakValueDictionary[Hashable, Any] = WeakValueDictionary()
    lock = threading.Lock()

    @functools.wraps(make)
    def found(*args: P.args, **kwargs: P.kwargs) -> T:
        key = (make, tuple(map(_as_key, args)), *sorted(kwargs.items()))
        with lock:
            one = making.get(key)
            if one is None:
                one = making[key] = _Making()
        with one.lock:
            value = memory.get(key)
            if value is None:
                value = alive.get(key)
            if value is None:
                value = make(*args, **kwargs)
                memory.keep(key, value)
                with suppress(TypeError):  # no weak reference to a tuple
                    alive[key] = value
        return cast(T, value)

    def forget() -> None:
        alive.clear()
        memory.forget(lambda key: isinstance(key, tuple) and key[0] is make)

    found.cache_clear = forget  # type: ignore[attr-defined]  # as functools.lru_cache has it
    return found


def _as_key(argument: Any) -> Any:
    return getattr(argument, "as_key", argument)


class _Making:
    """Held by whoever makes something."""

    def __init__(self) -> None:
        self.lock = threading.Lock()


def n_bytes(*values: Any) -> int:
    """About how many bytes values take: their arrays, frames, texts, and whatever holds these.

    What several of them share counts once, and a view as the whole array that it keeps alive.
    """
    seen: set[int] = set()
    waiting, size = [*values], 0
    while waiting:
        value = waiting.pop()
        while isinstance(value, np.ndarray) and isinstance(value.base, np.ndarray):
            value = value.base
        if id(value) in seen or isinstance(value, CODE):
            continue
        seen.add(id(value))
        if isinstance(value, np.ndarray):
            size += value.nbytes
            if value.dtype.hasobject:
                waiting += value.ravel().tolist()
        elif isinstance(value, Mapping):
            size += sys.getsizeof(value)
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list | tuple | set | frozenset):
            size += sys.getsizeof(value)
            waiting += value
        elif hasattr(value, "memory_usage"):  # a frame, or a column of one
            size += int(np.sum(value.memory_usage(deep=True)))
        elif isinstance(getattr(value, "nbytes", None), int):  # a table
            size += value.nbytes
        else:
            size += sys.getsizeof(value)
            waiting += getattr(value, "__dict__", {}).values()
    return size


def once(make: Callable[Concatenate[Owner, P], T]) -> Callable[Concatenate[Owner, P], T]:
    """Decorator: make something of an owner with the same arguments once, and keep it with the owner."""

    @functools.wraps(make)
    def made_once(owner: Owner, *args: P.args, **kwargs: P.kwargs) -> T:
        cache = vars(owner).setdefault("_made", {})  # so that it counts with the owner's memory
        key = (make, args, tuple(sorted(kwargs.items())))
        if key not in cache:
            cache[key] = make(owner, *args, **kwargs)
        return cast(T, cache[key])

    return cast(Callable[Concatenate[Owner, P], T], made_once)
