"""How :mod:`helpers.datasets.scenes` paints: the canvas, scenes out of doors, scenes under the microscope."""
