"""Open JupyterLab at the course's start page: `make lab`, or `python lab/start.py` on Windows and under conda.

Further arguments go to JupyterLab as they are: `python lab/start.py --ServerApp.ip=0.0.0.0`.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
START = "/lab/tree/notebooks/start.md"


def command(argv, port="8888"):
    """The command line that starts JupyterLab.

    Parameters
    ----------
    argv : list of str
        Passed on to JupyterLab.
    port : str
        The port to begin with; when it is taken, JupyterLab tries the next ones.

    Returns
    -------
    list of str
    """
    line = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={ROOT}", f"--LabApp.default_url={START}"]
    line.append(f"--ServerApp.port={port}")
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # a container's usual user
        line.append("--allow-root")
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        line.append("--no-browser")
    return line + argv


def main():
    # Defaults that the user's own settings still overrule: no news, Markdown opens as a page.
    settings = Path(sys.prefix) / "share" / "jupyter" / "lab" / "settings"
    settings.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "overrides.json", settings)
    # This environment's kernel, not another's of the same name; and the tabs of this course, not of other projects.
    os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")
    os.environ.setdefault("JUPYTERLAB_WORKSPACES_DIR", str(ROOT / ".jupyter" / "workspaces"))
    line = command(sys.argv[1:], os.environ.get("PORT") or "8888")
    os.chdir(ROOT)
    if os.name != "nt":
        os.execv(line[0], line)
    with subprocess.Popen(line) as server:
        while True:
            try:
                sys.exit(server.wait())
            except KeyboardInterrupt:  # JupyterLab has had it too, and asks whether to stop
                continue


if __name__ == "__main__":
    main()
