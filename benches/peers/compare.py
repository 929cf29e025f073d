"""Sanban beside other solvers: the same files, the same seconds, one run each, one table, one checker for all.

    python benches/peers/compare.py --instances DIR --format darp --seconds 10 --only a4-40,b8-96 --peers Sanban,OR-Tools

DIR holds the instances and their best-known.csv. Prints Markdown. Pin it to one core to compare like with like.
"""

import argparse
import sys
import time
from pathlib import Path

import solvers
from instances import Instance, best_known, objective, read, unserved, violations


def arguments() -> argparse.Namespace:
    names = [solver.name for solver in solvers.ALL]
    parser = argparse.ArgumentParser(description="Sanban beside other solvers, as a Markdown table")
    parser.add_argument("--instances", type=Path, required=True, help="folder of instances with their best-known.csv")
    parser.add_argument("--format", choices=["darp", "pdptw"], required=True, help="family of the instances")
    parser.add_argument("--seconds", type=float, default=10.0, help="wall-clock limit per instance and solver")
    parser.add_argument("--only", default="", help="these instances, separated by commas")
    parser.add_argument("--peers", default=",".join(names), help=f"these solvers of {', '.join(names)}")
    parser.add_argument("--seed", type=int, default=1, help="seed of solvers that take one")
    args = parser.parse_args()
    args.peers = args.peers.split(",")
    unknown = set(args.peers) - set(names)
    if unknown:
        parser.error(f"--peers: {', '.join(sorted(unknown))} is none of {', '.join(names)}")
    return args


def chosen(folder: Path, only: str) -> list[Path]:
    names = {name for name in only.split(",") if name}
    paths = sorted(path for path in folder.iterdir() if path.is_file() and path.suffix in ("", ".txt"))
    missing = names - {path.stem for path in paths}
    if missing:
        sys.exit(f"error: {folder} holds no {', '.join(sorted(missing))}")
    return [path for path in paths if not names or path.stem in names]


def cell(instance: Instance, solver, known: tuple[int | None, float] | None, args: argparse.Namespace) -> str:
    """What one solver makes of one instance, judged by the checker alone."""
    if not solver.is_there():
        return "not installed"
    began = time.perf_counter()
    try:
        routes = solver.solve(instance, args.seconds, args.seed)
    except Exception as error:  # Whatever a peer dies of, the others go on.
        return f"failed: {type(error).__name__}"
    took = f"{time.perf_counter() - began:.1f} s"
    left_out, distance = unserved(instance, routes), objective(instance, routes)
    broken = violations(instance, routes)
    if broken:
        kinds = sorted({violation.split(": ")[-1].split(" at ")[0] for violation in broken})
        return f"breaks {', '.join(kinds)} ({took})"
    if left_out:
        return f"{left_out} not served ({took})"
    vehicles = f"{len(routes)}, " if instance.vehicles_count_first() else ""
    if known is None:
        return f"{vehicles}{distance:.2f} ({took})"
    more = 0 if known[0] is None else len(routes) - known[0]
    # Published values are rounded: hundredths of a percent, and no minus before zero.
    gap = round(100 * (distance / known[1] - 1), 2) + 0.0
    gap = f"{more:+d} {'vehicle' if abs(more) == 1 else 'vehicles'}" if more else f"{gap:+.2f}%"
    return f"{vehicles}{distance:.2f}: {gap} ({took})"


def main() -> None:
    args = arguments()
    taking_part = [solver for solver in solvers.ALL if solver.name in args.peers]
    known = best_known(args.instances)
    print(f"| instance | best known | {' | '.join(solver.name for solver in taking_part)} |")
    print("|" + "---|" * (2 + len(taking_part)))
    for path in chosen(args.instances, args.only):
        instance = read(args.format, path)
        best = known.get(instance.name.lower())
        vehicles = f"{best[0]}, " if best and best[0] is not None else ""
        row = [f"{vehicles}{best[1]:.2f}" if best else "unknown"]
        row += [cell(instance, solver, best, args) for solver in taking_part]
        print(f"| {instance.name} | {' | '.join(row)} |", flush=True)
    print()
    for solver in taking_part:
        absent = "" if solver.is_there() else f"; not installed: `{solver.remedy}`"
        print(f"- {solver.name}: {solver.said}{absent}")


if __name__ == "__main__":
    main()
