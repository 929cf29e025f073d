#!/usr/bin/env python3
"""Validate a GTFS folder or zip with gtfs-guru; exit 1 on any error.

    python3 scripts/validate_gtfs.py OUT/gtfs

Installs the pinned validator into a private environment (SANBAN_GTFS_VENV, else a folder in the cache directory) on the
first run. The check runs as of the feed's own start date, so that a plan for another year is not called expired.
"""

import os
import pathlib
import subprocess
import sys
import venv

VALIDATOR = "gtfs-guru==1.0.0"

RUN = """
import sys, gtfs_guru
result = gtfs_guru.validate(sys.argv[1], **({"date": sys.argv[2]} if sys.argv[2] else {}))
for notice in result.notices:
    print(notice.severity, notice.code, notice.file or "", notice.row or "", notice.message)
print(f"gtfs-guru {gtfs_guru.__version__}: {result.error_count} errors, {result.warning_count} warnings")
sys.exit(1 if result.error_count or not result.is_valid else 0)
"""


def environment() -> pathlib.Path:
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache"))
    folder = pathlib.Path(os.environ.get("SANBAN_GTFS_VENV", cache / "sanban" / VALIDATOR.replace("==", "-")))
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", VALIDATOR], check=True)
    return python


def start_date(feed: pathlib.Path) -> str:
    info = feed / "feed_info.txt"
    if not info.exists():
        return ""
    header, first = info.read_text(encoding="utf-8").splitlines()[:2]
    digits = dict(zip(header.split(","), first.split(","))).get("feed_start_date", "")
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}" if digits else ""


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    feed = pathlib.Path(sys.argv[1])
    return subprocess.run([environment(), "-c", RUN, str(feed), start_date(feed)]).returncode


if __name__ == "__main__":
    sys.exit(main())
