"""The program starts with what a command needs: no command waits for the libraries of the others."""

import os
import subprocess
import sys

import pytest

from glocal.cli.lazy_commands import LazyCommands

HEAVY = ("numpy", "numba", "cv2", "PIL", "onnxruntime")


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["--version"], ["nosuch"], ["token", "--help"]])
def test_what_reads_no_photo_imports_nothing_that_could(arguments, tmp_path):
    code = (
        "import sys\nfrom glocal.cli import main\n"
        f"try:\n    main(sys.argv[1:])\nfinally:\n    print([name for name in {HEAVY} if name in sys.modules])"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert ended.stdout.splitlines()[-1] == "[]"


def test_a_misspelt_command_is_named(glocal):
    ended = glocal("serch", "photo.jpg")
    assert ended.code == 2
    assert "No such command 'serch'" in ended.err


def test_a_command_is_made_once_and_only_when_it_is_asked_for():
    commands = LazyCommands({"good": "glocal.cli.token", "bad": "glocal.cli.no_such_module"})
    assert list(commands) == ["good", "bad"]
    assert commands["good"] is commands["good"]
    with pytest.raises(ModuleNotFoundError):
        commands["bad"]
    with pytest.raises(KeyError):
        commands["none"]
