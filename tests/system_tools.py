"""Find the system programs that the tests drive; install them where this is allowed, else say how.

Python packages, node included, come from the lock. Only the browser is the system's own.
`make test` runs this first, so that no test is ever skipped for want of a program.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from browser import find_browser

DEBIAN_PACKAGES = ["chromium", "fonts-dejavu-core"]
INSTALL = "apt-get install --yes --no-install-recommends " + " ".join(DEBIAN_PACKAGES)


def install_where_allowed() -> bool:
    """Install the Debian packages when we are root on Debian; tell whether that was tried."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "--quiet"], env=environment, check=False)
    subprocess.run(INSTALL.split(), env=environment, check=False)
    return True


def main() -> int:
    """Return 0 when every program is there, else print the one line that brings it and return 1."""
    if find_browser() is None and install_where_allowed() and find_browser() is not None:
        return 0
    if find_browser() is None:
        print("The figures are tested in a real browser, and none was found. One line brings it:")
        print(f"  Debian, Ubuntu, WSL:  sudo {INSTALL}")
        print("  macOS and others:     .venv/bin/playwright install chromium")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
