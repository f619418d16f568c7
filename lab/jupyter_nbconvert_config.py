"""What nbconvert of .venv reads (lab/env.sh links it there): slides of 1280x720 as slides.py lays them out."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
c = get_config()  # noqa: F821 - nbconvert hands it in
c.SlidesExporter.preprocessors = ["slides.Lecture"]
c.SlidesExporter.reveal_width, c.SlidesExporter.reveal_height = "1280", "720"
c.SlidesExporter.reveal_number = "c/t"
