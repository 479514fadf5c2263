"""What is said where something outside the program fails."""

import pickle
from concurrent.futures.process import BrokenProcessPool

import numpy as np
import pytest

from alternatives.datasets import DatasetUnavailable
from alternatives.serving.failures import sentence_on


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (DatasetUnavailable("There is no network."), "There is no network."),
        (MemoryError(), "There isn't enough memory for this"),
        (BrokenProcessPool("a worker died"), "The processes that train were ended again and again"),
        (OSError(28, "No space left on device"), "The system refuses: no space left on device."),
        (PermissionError(13, "Permission denied", "a/b"), "The system refuses: permission denied (a/b)."),
        (RuntimeError("can't start new thread"), "The system refuses: can't start new thread."),
    ],
    ids=repr,
)
def test_what_the_system_refuses_is_said_in_a_sentence(error, said):
    assert sentence_on(error).startswith(said)
    assert sentence_on(error).endswith(".")


@pytest.mark.parametrize("error", [ValueError("no"), RuntimeError("no"), ZeroDivisionError()], ids=repr)
def test_mistakes_of_ours_are_not_hidden(error):
    assert sentence_on(error) is None


def test_what_numpy_raises_in_a_worker_is_understood_here():
    with pytest.raises(MemoryError) as raised:
        np.zeros(10**18)
    assert "enough memory" in sentence_on(pickle.loads(pickle.dumps(raised.value)))
