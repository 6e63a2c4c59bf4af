"""The course of a run, whichever model it trains: steps, checkpoints, stopping, the end."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from . import processes
from .run import Run
from .run_log import RunLog, write_log

SAVE_SECONDS = 600


class Trainer(Protocol):
    """What trains.

    Attributes:
        step: steps that are done.
        seconds: of training, over all sessions of the run.
        skipped: steps whose gradient was not finite.
    """

    step: int
    seconds: float
    skipped: int

    def advance(self) -> dict[str, float]:
        """One optimiser step: what it has to say."""
        ...

    def save(self) -> None:
        """Write the checkpoint."""
        ...


def run_steps(trainer: Trainer, steps: int, run: Run, validate: Callable[[], object]) -> bool:
    """Train until ``steps`` are done, or the run is stopped by its time or by SIGTERM.

    A checkpoint is written every :data:`SAVE_SECONDS`, and at the end or the stop.

    Returns:
        Whether all steps are done.
    """
    start, first_step, before = time.monotonic(), trainer.step, trainer.seconds
    saved = start
    asked_to_stop: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: asked_to_stop.append(number))
    while trainer.step < steps:
        terms = trainer.advance()
        elapsed = time.monotonic() - start
        trainer.seconds = before + elapsed
        if trainer.step % run.log_every == 0 and processes.rank() == 0:
            rate = (trainer.step - first_step) / elapsed
            left = (steps - trainer.step) / rate
            shown = " ".join(f"{k} {v:.3f}" for k, v in terms.items())
            print(
                f"step {trainer.step}/{steps} {rate:.2f}/s eta {left:.0f} s "
                f"skipped {trainer.skipped} {shown}",
                flush=True,
            )
        if time.monotonic() - saved > SAVE_SECONDS:
            trainer.save()
            saved = time.monotonic()
        if run.validate_every and trainer.step % run.validate_every == 0:
            validate()
        stops = bool(asked_to_stop) or bool(run.stop_after and elapsed > 60 * run.stop_after)
        if processes.any_of(stops, run.device):
            trainer.save()
            if processes.rank() == 0:
                print(f"stopped at step {trainer.step}; start again to go on", flush=True)
            return False
    trainer.save()
    return True


def finished_run(run: Run) -> Path | None:
    """The weights in ``run.out``, if a finished run has left them there."""
    if not (run.out / "val.json").is_file():
        return None
    print(f"{run.out} holds a finished run", flush=True)
    return run.out / "weights.pt"


def conclude(run: Run, weights: Path, log: RunLog) -> None:
    """Write the log and, last, what marks the run as finished."""
    # The export takes the command that trained the weights from the log beside them.
    for place in {run.out / "log.json", run.log or run.out / "log.json"}:
        write_log(log, place)
    (run.out / "val.json").write_text(json.dumps(log.val, indent=2) + "\n")
    print(f"wrote {weights}", flush=True)
