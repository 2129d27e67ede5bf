"""The progress bar of send_many(progress=True), by tqdm or rich, whichever is installed."""

from ._send_many import Progress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional, Union


class TqdmBar:
    def __init__(self, tqdm: "Any", total: "Optional[int]") -> None:
        self._bar = tqdm.tqdm(total=total, unit="msg")

    def __call__(self, progress: Progress) -> None:
        failed = _failed(progress)
        if failed:
            self._bar.set_postfix_str(failed, refresh=False)
        self._bar.update(progress.completed - self._bar.n)

    def close(self) -> None:
        self._bar.close()


class RichBar:
    def __init__(self, rich: "Any", total: "Optional[int]") -> None:
        self._bar = rich.Progress(*rich.Progress.get_default_columns(), rich.MofNCompleteColumn())
        self._task = self._bar.add_task("sending", total=total)
        self._bar.start()

    def __call__(self, progress: Progress) -> None:
        description = _failed(progress) or "sending"
        self._bar.update(self._task, completed=progress.completed, description=description)

    def close(self) -> None:
        self._bar.stop()

    def __del__(self) -> None:
        # It has a thread, which would run for ever. tqdm's bar has such a method itself.
        self.close()


def _failed(progress: Progress) -> str:
    counts = {name: getattr(progress, name) for name in ("not_sent", "rejected", "unknown")}
    return ", ".join(f"{name}: {count}" for name, count in counts.items() if count)


def progress_bar(total: "Optional[int]") -> "Union[TqdmBar, RichBar]":
    """Return a bar: a function that shows a Progress."""
    from importlib import import_module

    bars = (("tqdm.auto", TqdmBar), ("rich.progress", RichBar))
    for name, bar in bars:
        try:
            module = import_module(name)
        except ImportError:
            continue
        return bar(module, total)
    raise ImportError(
        "progress=True shows a bar by tqdm or rich, and neither is installed: install one of "
        "them, or give a function."
    )
