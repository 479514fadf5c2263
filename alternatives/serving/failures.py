"""What people are told where something outside the program fails: a disk, the memory, a download."""

from concurrent.futures.process import BrokenProcessPool

from alternatives.datasets import DatasetUnavailable
from alternatives.serving.settings import BadEnvironment

NO_THREAD = "can't start new thread"
"""What Python says in a RuntimeError."""


def sentence_on(error: BaseException) -> str | None:
    """A sentence on an error that isn't a mistake of this program; None for any other."""
    match error:
        case DatasetUnavailable() | BadEnvironment():
            return str(error)
        case MemoryError():
            return "There isn't enough memory for this: choose fewer samples, seeds or units."
        case BrokenProcessPool():
            return (
                "The processes that train were ended again and again, perhaps for want of memory: choose "
                "fewer samples, seeds or units."
            )
        case OSError() if reason := error.strerror or str(error):
            about = f" ({error.filename})" if error.filename else ""
            return f"The system refuses: {reason[:1].lower()}{reason[1:]}{about}."
        case RuntimeError(args=(str() as reason, *_)) if reason == NO_THREAD:
            return f"The system refuses: {reason}."
    return None
