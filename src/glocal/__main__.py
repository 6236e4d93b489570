"""`python -m glocal`: the command line, for launchers that start Python modules, such as torchrun."""

from glocal.cli import main

main()
