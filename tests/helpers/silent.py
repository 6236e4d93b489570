"""Run a command that the kernel kills when it reaches for the network: python silent.py COMMAND...

A seccomp filter (Linux; seccomp(2)) kills the process, whatever language the code is written in, when it makes a socket
of any family but AF_UNIX, which stays on this machine, or an io_uring, which could make one unseen.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys

AVAILABLE = sys.platform == "linux" and platform.machine() in ("x86_64", "aarch64")

_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2  # prctl(2)
_KILL, _ALLOW = 0x80000000, 0x7FFF0000
_LOAD, _IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_NUMBERS = {"x86_64": (41, 425), "aarch64": (198, 425)}
"""Of the system calls socket and io_uring_setup."""

_NUMBER_AT, _FAMILY_AT = 0, 16  # in struct seccomp_data: nr; the low half of the first argument
_AF_UNIX = 1


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def program() -> bytes:
    """The filter in the kernel's BPF: (code, jump if true, jump if false, value) for each instruction."""
    socket, io_uring = _NUMBERS[platform.machine()]
    instructions = [
        (_LOAD, 0, 0, _NUMBER_AT),
        (_IF_EQUAL, 4, 0, io_uring),
        (_IF_EQUAL, 0, 2, socket),
        (_LOAD, 0, 0, _FAMILY_AT),
        (_IF_EQUAL, 0, 1, _AF_UNIX),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _KILL),
    ]
    return b"".join(struct.pack("HBBI", *instruction) for instruction in instructions)


def forbid_network() -> None:
    """From here on this process, and whatever it starts, is killed when it reaches for the network."""
    code = program()
    buffer = ctypes.create_string_buffer(code, len(code))
    wanted = _Program(len(code) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in ((_NO_NEW_PRIVILEGES, 1, 0, 0, 0), (_SET_SECCOMP, _FILTER, ctypes.byref(wanted), 0, 0)):
        if libc.prctl(*arguments) != 0:
            raise OSError(ctypes.get_errno(), "the kernel refuses the filter")


if __name__ == "__main__":
    forbid_network()
    os.execvp(sys.argv[1], sys.argv[1:])
