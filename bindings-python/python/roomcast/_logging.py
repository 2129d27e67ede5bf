"""The core's log lines as records of Python's logger `roomcast`."""

import sys
from _contextvars import copy_context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import Task
    from contextvars import Context
    from logging import Logger
    from types import CodeType, FrameType
    from typing import Any, Callable, Optional

    Place = Optional[tuple[CodeType, int]]
    """A function, and the instruction in it. Its line is looked up only if a record is written."""
    Origin = tuple[Context, Place, Optional[str]]
    """Where an operation was started: the context variables, the place, and the task's name."""

OFF, ERROR, WARNING, INFO, DEBUG = range(5)
"""Levels as the native module numbers them."""

_NUMBERS = (0, 40, 30, 20, 10)
"""Python's numbers for them."""

_logger: "Optional[Logger]" = None


def level() -> int:
    """Return which records somebody wants. Called before each operation, so that others cost nothing."""
    logger = _logger or _find_logger()
    if logger is None:
        return OFF
    if not logger.isEnabledFor(30):
        return ERROR if logger.isEnabledFor(40) else OFF
    if not logger.isEnabledFor(20):
        return WARNING
    return DEBUG if logger.isEnabledFor(10) else INFO


def _find_logger() -> "Optional[Logger]":
    """Return None until the program has imported `logging`.

    Before that it cannot have a handler, and the import is slow.
    """
    global _logger
    logging = sys.modules.get("logging")
    # Incomplete while another thread is importing it.
    if logging is None or not hasattr(logging, "getLogger") or not hasattr(logging, "NullHandler"):
        return None
    logger: Logger = logging.getLogger("roomcast")
    if _logger is None:
        # As libraries do: without it, warnings of a program that has not configured logging are shown.
        logger.addHandler(logging.NullHandler())
        _logger = logger
    return logger


def origin() -> "Origin":
    """Return where the caller starts an operation whose records another thread writes."""
    return copy_context(), _place(sys._getframe(2)), _task_name()


def _task_name() -> "Optional[str]":
    """Return the name of the task, which records have since Python 3.12."""
    global _current_task
    if sys.version_info < (3, 12) or "asyncio" not in sys.modules:
        return None
    if _current_task is None:
        from asyncio import current_task

        _current_task = current_task
    try:
        task = _current_task()
    except RuntimeError:  # This thread runs no event loop.
        return None
    return task.get_name() if task else None


_current_task: "Optional[Callable[[], Optional[Task[Any]]]]" = None


def _place(frame: "Optional[FrameType]") -> "Place":
    """Return the innermost place outside roomcast and asyncio."""
    while frame is not None:
        if not frame.f_globals.get("__name__", "").startswith(("roomcast.", "asyncio.")):
            return frame.f_code, frame.f_lasti
        frame = frame.f_back
    return None


def _line(code: "CodeType", instruction: int) -> int:
    """Return the line of an instruction."""
    from dis import findlinestarts

    lines = [line for start, line in findlinestarts(code) if start <= instruction and line is not None]
    return lines[-1] if lines else code.co_firstlineno


def emit(
    level: int, text: str, fields: "dict[str, object]", origin: "Optional[Origin]"
) -> "Optional[BaseException]":
    """Log a record, as if the caller of the operation did it. The native module calls this.

    Returns what a signal's handler raised meanwhile: it is not an error of a logging handler.
    """
    try:
        if origin is None:
            _log(level, text, fields, _place(sys._getframe(1)), None)
        else:
            context, place, task = origin
            # A copy: two threads can write records of one send_many() at the same time.
            context.copy().run(_log, level, text, fields, place, task)
    except Exception as error:
        if not _is_of_a_signal_handler(error):
            raise
        return error
    return None


def _log(level: int, text: str, fields: "dict[str, object]", place: "Place", task: "Optional[str]") -> None:
    logger, number = _logger, _NUMBERS[level]
    if logger is None or not logger.isEnabledFor(number):
        return
    path, line, function = "(unknown file)", 0, "(unknown function)"
    if place is not None:
        code, instruction = place
        path, line, function = code.co_filename, _line(code, instruction), code.co_name
    record = logger.makeRecord(logger.name, number, path, line, text, (), None, function)
    if task is not None and getattr(record, "taskName", "") is None:
        record.taskName = task
    # Not by `extra`, which raises if the program's own record factory has set one of them.
    vars(record).update(fields)
    logger.handle(record)


def _is_of_a_signal_handler(error: BaseException) -> bool:
    """Return whether a handler of a signal is among the functions that the exception has passed through."""
    signal = sys.modules.get("signal")
    if signal is None:
        return False
    handlers = {_code(signal.getsignal(number)) for number in signal.valid_signals()} - {None}
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code in handlers:
            return True
        traceback = traceback.tb_next
    return False


def _code(handler: object) -> object:
    """Return the code of a function, a method, a partial of one, or an object that can be called."""
    handler = getattr(handler, "func", handler)
    function = getattr(handler, "__func__", handler)
    if not hasattr(function, "__code__"):
        function = vars(type(function)).get("__call__")
    return getattr(function, "__code__", None)
