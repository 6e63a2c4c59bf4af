"""The paper's Table 2 on our data: trains missing rows of a table, and prints it.

    python -m unicell.experiments table2 --data ../shared/data --backbone IMAGENET.pt \\
        --seeds 0,1,2

Every row is trained for the same number of steps. A row whose log lies in ``--logs`` is not trained
again, and a stopped one goes on from its checkpoint; ``--print`` trains nothing. ``--rows 1,2``
takes only some rows, for instance those that lie so close together that they need another seed.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from .guided_run import train_guided
from .preset import Preset, load_preset, preset_from_dict
from .run import Run, command_line
from .run_log import RunLog, read_log

ROOT = Path(__file__).resolve().parents[2]
DATASETS = ("consep", "monusac", "ocelot", "brca-m2c", "crchisto", "pannuke")

EXPERIMENTS: dict[str, dict[str, list[str]]] = {
    "table2": {
        "without the prompt module": ["table2/without-prompt-module"],
        "without the category bank": ["table2/without-category-bank"],
        "without the dataset prompt": ["table2/without-dataset-prompt"],
        "prompts on the queries": ["table2/query-enhancing"],
        "prompts on the features (UniCell)": ["table2/feature-enhancing"],
    },
}
"""By experiment: its rows, and the presets that make up each."""


@dataclass(frozen=True)
class Series:
    """Runs of one budget.

    Attributes:
        run: data, device and first weights of every run; its ``out`` holds a folder for each.
        logs: folder of the logs.
        budget: steps of every run.
        seeds: every row is trained with each.
    """

    run: Run
    logs: Path
    budget: int
    seeds: Sequence[int]

    def config(self, name: str, seed: int) -> Preset:
        """A preset with its schedule stretched to the budget."""
        preset = load_preset(name)
        share = preset.train.dense_steps / preset.train.steps
        schedule = replace(
            preset.train,
            steps=self.budget,
            dense_steps=round(share * self.budget),
            warmup_steps=min(preset.train.warmup_steps, self.budget // 10),
            seed=seed,
        )
        return replace(preset, train=schedule)

    def stem(self, name: str, seed: int) -> str:
        """Name of a run's folder and log."""
        return f"{name.replace('/', '-')}-{self.budget}-seed-{seed}"

    def find(self, name: str, seed: int) -> RunLog | None:
        """The log of a run, or of one with the same configuration under another name."""
        wanted = comparable_config(asdict(self.config(name, seed)))
        for path in sorted(self.logs.glob("*.json")):
            log = read_log(path)
            if comparable_config(log.config) == wanted:
                return log
        return None

    def train(self, name: str, seed: int) -> Path | None:
        """Train a run; ``None`` when it was stopped."""
        preset = self.config(name, seed)
        stem = self.stem(name, seed)
        print(f"== {stem}", flush=True)
        overrides = {
            key: getattr(preset.train, key)
            for key in ("steps", "dense_steps", "warmup_steps", "seed")
        }
        out, log = self.run.out / stem, self.logs / f"{stem}.json"
        run = replace(self.run, out=out, log=log, overrides=self.run.overrides | overrides)
        return train_guided(name, run)


def comparable_config(config: dict[str, Any]) -> dict[str, Any]:
    """What decides on the outcome of a run: its configuration without its name.

    A field that is younger than a log stands at its default, which changes nothing.
    """
    full = asdict(preset_from_dict(config))
    return {key: value for key, value in full.items() if key != "id"}


def run_missing(series: Series, presets: Sequence[str]) -> bool:
    """Train the runs that have no log, one after another; ``False`` when one was stopped."""
    for seed in series.seeds:
        for name in presets:
            if series.find(name, seed) is None and series.train(name, seed) is None:
                return False
    return True


def table(series: Series, rows: dict[str, list[str]]) -> str:
    """The Markdown table of an experiment: F_d / F_c on val, mean and spread over the seeds.

    Raises:
        ValueError: runs on different data.
    """
    scores: dict[str, dict[str, list[tuple[float, float]]]] = {}
    data: dict[tuple[str, str], str] = {}
    for title, presets in rows.items():
        cells = scores.setdefault(title, {})
        for seed in series.seeds:
            found = [log for name in presets if (log := series.find(name, seed))]
            own = {}
            for log in found:
                check_data(log, data)
                for dataset in log.val:
                    best = log.best(dataset)
                    own[dataset] = (float(best["fd"]), float(best["fc"]))
            if set(DATASETS) <= set(own):
                own["mean"] = mean_of([own[dataset] for dataset in DATASETS])
            for column, value in own.items():
                cells.setdefault(column, []).append(value)
    columns = [c for c in (*DATASETS, "mean") if any(c in cells for cells in scores.values())]
    columns += sorted({c for cells in scores.values() for c in cells} - set(columns))
    lines = [["", *columns], ["---"] * (len(columns) + 1)]
    for title, cells in scores.items():
        lines.append([title, *(cell(cells.get(column, [])) for column in columns)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def check_data(log: RunLog, data: dict[tuple[str, str], str]) -> None:
    """Refuse a run whose pictures or labels differ from those of the runs before."""
    for dataset, splits in log.data.items():
        for split, described in splits.items():
            known = data.setdefault((dataset, split), described["sha256"])
            if known != described["sha256"]:
                raise ValueError(
                    f"{log.config['id']} was trained on another {split} split of {dataset} than "
                    "the rest of its table; keep logs of different data in folders of their own"
                )


def mean_of(values: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Mean F_d and mean F_c."""
    return statistics.fmean(fd for fd, _ in values), statistics.fmean(fc for _, fc in values)


def cell(values: Sequence[tuple[float, float]]) -> str:
    """``0.717 ± 0.004 / 0.559 ± 0.010``; the spread is the standard deviation over seeds."""
    return " / ".join(spread([pair[i] for pair in values]) for i in range(2)) if values else "-"


def spread(values: Sequence[float]) -> str:
    """Mean and, of several values, sample standard deviation."""
    mean = f"{statistics.fmean(values):.3f}"
    return f"{mean} ± {statistics.stdev(values):.3f}" if len(values) > 1 else mean


def numbers(text: str) -> list[int]:
    """Parse ``0,1,2``."""
    return [int(entry) for entry in text.split(",")]


def rows_of(experiment: str, wanted: Sequence[int] | None) -> dict[str, list[str]]:
    """The rows of an experiment with these numbers, counted from 1; all for ``None``.

    Raises:
        ValueError: a number that no row has.
    """
    rows = EXPERIMENTS[experiment]
    if wanted is None:
        return rows
    for number in wanted:
        if not 1 <= number <= len(rows):
            raise ValueError(f"{experiment} has no row {number}: give 1 to {len(rows)}")
    return {title: rows[title] for i, title in enumerate(rows, 1) if i in wanted}


def main() -> None:
    """Command line entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("experiment", choices=EXPERIMENTS)
    parser.add_argument("--budget", type=int, default=3000, metavar="STEPS")
    parser.add_argument("--seeds", type=numbers, default=[0], metavar="0,1,2")
    parser.add_argument("--rows", type=numbers, metavar="1,2", help="rows from above; default all")
    parser.add_argument("--data", type=Path, help="folder of data sets in the neutral layout")
    parser.add_argument("--backbone", type=Path, help="ImageNet weights of the backbone")
    parser.add_argument("--init", type=Path, help="weights.pt that every row starts from")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "experiments")
    parser.add_argument("--logs", type=Path, default=ROOT / "models" / "experiments")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--stop-after", type=float, metavar="MINUTES", help="of each run")
    parser.add_argument("--print", action="store_true", help="print the table, train nothing")
    args = parser.parse_args()
    if not args.print and args.data is None:
        parser.error("--data is needed to train; --print needs none")
    try:
        rows = rows_of(args.experiment, args.rows)
    except ValueError as error:
        parser.error(str(error))
    run = Run(
        out=args.out,
        device=torch.device(args.device),
        data=args.data or Path(),
        backbone=args.backbone,
        init=args.init,
        stop_after=args.stop_after,
        command=command_line("experiments"),
    )
    series = Series(run, args.logs, args.budget, args.seeds)
    presets = [preset for group in rows.values() for preset in group]
    if not args.print and not run_missing(series, presets):
        return
    print(table(series, rows))


if __name__ == "__main__":
    main()
