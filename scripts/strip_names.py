#!/usr/bin/env python3
"""How does a page become smaller when wasm-opt is not there? Drops the sections that only debuggers read.

    scripts/strip_names.py FILE.wasm...

A wasm module is a header of 8 bytes and sections: an id byte, a length (LEB128) and the content. Sections of id 0 are
custom: their content begins with a name, and leaving one out does not change what the module does.
"""

import pathlib
import sys

DROPPED = {b"name", b"producers", b"target_features"}


def number(data, at):
    """Reads an unsigned LEB128 number: (its value, the offset after it)."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def strip(data):
    """The module without the dropped sections."""
    if data[:8] != b"\0asm\x01\0\0\0":
        raise ValueError("not a wasm module")
    kept, at = [data[:8]], 8
    while at < len(data):
        length, content = number(data, at + 1)
        end = content + length
        size, name = number(data, content) if data[at] == 0 else (0, content)
        if data[at] != 0 or data[name:name + size] not in DROPPED:
            kept.append(data[at:end])
        at = end
    return b"".join(kept)


for path in map(pathlib.Path, sys.argv[1:]):
    path.write_bytes(strip(path.read_bytes()))
