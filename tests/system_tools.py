"""Find the system programs that the tests drive; install them where this is allowed, else say how.

Python packages, node included, come from the lock. The browser is the system's own, and on Linux
bubblewrap, the sandbox in which students' code runs while it is graded.
`make test` runs this first, so that no test is ever skipped for want of a program.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from browser import find_browser

DEBIAN_PACKAGES = ["chromium", "fonts-dejavu-core", "bubblewrap"]
INSTALL = "apt-get install --yes --no-install-recommends " + " ".join(DEBIAN_PACKAGES)


def install_where_allowed() -> bool:
    """Install the Debian packages when we are root on Debian; tell whether that was tried."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "--quiet"], env=environment, check=False)
    subprocess.run(INSTALL.split(), env=environment, check=False)
    return True


def missing() -> list[str]:
    """Return, in words, what is not there."""
    found = {
        "a browser, for the figures": find_browser(),
        "bubblewrap, for grading": shutil.which("bwrap") or not sys.platform.startswith("linux"),
    }
    return [name for name, there in found.items() if not there]


def main() -> int:
    """Return 0 when every program is there, else print the one line that brings it and return 1."""
    if not missing() or (install_where_allowed() and not missing()):
        return 0
    print(f"The tests need {' and '.join(missing())}. One line brings what is missing:")
    print(f"  Debian, Ubuntu, WSL:  sudo {INSTALL}")
    print("  macOS and others:     .venv/bin/playwright install chromium")
    return 1


if __name__ == "__main__":
    sys.exit(main())
