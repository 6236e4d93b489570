"""What `torchrun` starts in the test of several processes: `two_processes.py RECIPE.json PHOTOS OUT`."""

import sys
from pathlib import Path

from glocal.training.recipe import Recipe
from glocal.training.run import train

recipe, photos, out = map(Path, sys.argv[1:])
train(Recipe.model_validate_json(recipe.read_text()), [photos], out)
