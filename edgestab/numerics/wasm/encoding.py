"""The binary format of WebAssembly, as much of it as programs need: functions, one memory, vectors of two doubles.

Opcodes and sections are those of the WebAssembly core specification 2.0, sections 5.4 and 5.5.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

I32, I64, F64, V128 = 0x7F, 0x7E, 0x7C, 0x7B
"""The value types."""

_PLAIN: Mapping[str, int] = {
    "return": 0x0F,
    "end": 0x0B,
    "i32.eqz": 0x45,
    "i32.add": 0x6A,
    "i32.sub": 0x6B,
}

_VECTOR: Mapping[str, int] = {
    "f64x2.splat": 20,
    "f64x2.eq": 71,
    "f64x2.ne": 72,
    "f64x2.lt": 73,
    "f64x2.gt": 74,
    "f64x2.le": 75,
    "f64x2.ge": 76,
    "v128.not": 77,
    "v128.and": 78,
    "v128.andnot": 79,
    "v128.or": 80,
    "v128.xor": 81,
    "v128.bitselect": 82,
    "v128.any_true": 83,
    "f64x2.nearest": 148,
    "i64x2.shl": 203,
    "i64x2.shr_s": 204,
    "i64x2.shr_u": 205,
    "i64x2.add": 206,
    "i64x2.sub": 209,
    "f64x2.abs": 236,
    "f64x2.neg": 237,
    "f64x2.sqrt": 239,
    "f64x2.add": 240,
    "f64x2.sub": 241,
    "f64x2.mul": 242,
    "f64x2.div": 243,
    "f64x2.min": 244,
    "f64x2.max": 245,
}

_EMPTY_BLOCK = 0x40


def unsigned(n: int) -> bytes:
    """Return a number as unsigned LEB128.

    Examples
    --------
    >>> unsigned(624485).hex()
    'e58e26'
    """
    out = bytearray()
    while True:
        byte, n = n & 0x7F, n >> 7
        out.append(byte | 0x80 if n else byte)
        if not n:
            return bytes(out)


def signed(n: int) -> bytes:
    """Return a number as signed LEB128.

    Examples
    --------
    >>> signed(-123456).hex()
    'c0bb78'
    """
    out = bytearray()
    while True:
        byte, n = n & 0x7F, n >> 7
        if (n == 0 and not byte & 0x40) or (n == -1 and byte & 0x40):
            return bytes([*out, byte])
        out.append(byte | 0x80)


@dataclass
class Code:
    """The body of one function under construction.

    Parameters
    ----------
    parameters : tuple of int
        The types of what it takes; these are the first locals.
    results : tuple of int
        The types of what it returns.
    """

    parameters: tuple[int, ...]
    results: tuple[int, ...] = ()
    locals: list[int] = field(default_factory=list)
    text: bytearray = field(default_factory=bytearray)
    _constants: dict[bytes, int] = field(default_factory=dict)

    def local(self, type_: int = V128) -> int:
        """Return the index of a new local."""
        self.locals.append(type_)
        return len(self.parameters) + len(self.locals) - 1

    def get(self, *indices: int) -> None:
        """Push locals."""
        for index in indices:
            self.text += b"\x20" + unsigned(index)

    def set(self, index: int) -> None:
        """Pop into a local."""
        self.text += b"\x21" + unsigned(index)

    def kept(self, type_: int = V128) -> int:
        """Pop into a new local, and return its index."""
        index = self.local(type_)
        self.set(index)
        return index

    def op(self, name: str) -> None:
        """Append an instruction without immediates."""
        self.text += bytes([_PLAIN[name]]) if name in _PLAIN else b"\xfd" + unsigned(_VECTOR[name])

    def of(self, name: str, *operands: int) -> int:
        """Return a new local that holds the value of an instruction on locals."""
        self.get(*operands)
        self.op(name)
        return self.kept()

    def integer(self, value: int) -> None:
        """Push a constant i32."""
        self.text += b"\x41" + signed(value)

    def constant(self, value: float) -> int:
        """Return the local that holds a number in both lanes; it is set before anything else is done."""
        return self._constant(struct.pack("<d", value))

    def bits(self, value: int) -> int:
        """Return the local that holds a 64-bit pattern in both lanes."""
        return self._constant(struct.pack("<Q", value))

    def _constant(self, pattern: bytes) -> int:
        if pattern not in self._constants:
            self._constants[pattern] = self.local()
        return self._constants[pattern]

    def shift(self, name: str, vector: int, by: int) -> int:
        """Return a new local with both lanes shifted by a fixed number of bits."""
        self.get(vector)
        self.integer(by)
        self.op(name)
        return self.kept()

    def lane(self, vector: int, index: int) -> None:
        """Push one lane as f64."""
        self.get(vector)
        self.text += b"\xfd" + unsigned(33) + bytes([index])

    def replace_lane(self, index: int) -> None:
        """Pop an f64 and a vector, and push the vector with that lane."""
        self.text += b"\xfd" + unsigned(34) + bytes([index])

    def load(self, pointer: int, offset: int) -> int:
        """Return a new local with the two doubles at a pointer plus an offset in bytes."""
        self.get(pointer)
        self.text += b"\xfd\x00\x03" + unsigned(offset)
        return self.kept()

    def store(self, pointer: int, offset: int, vector: int) -> None:
        """Store two doubles at a pointer plus an offset in bytes."""
        self.get(pointer, vector)
        self.text += b"\xfd\x0b\x03" + unsigned(offset)

    def call(self, function: int) -> None:
        """Call a function of the module."""
        self.text += b"\x10" + unsigned(function)

    def block(self) -> None:
        """Begin a block; a branch out of it goes to its end."""
        self.text += bytes([0x02, _EMPTY_BLOCK])

    def loop(self) -> None:
        """Begin a loop; a branch to it goes to its beginning."""
        self.text += bytes([0x03, _EMPTY_BLOCK])

    def branch_if(self, depth: int) -> None:
        """Pop an i32 and branch when it is not zero."""
        self.text += b"\x0d" + unsigned(depth)

    def end(self) -> None:
        """End the innermost block or loop."""
        self.op("end")

    def added(self, index: int, by: int) -> None:
        """Add a constant to a local i32."""
        self.get(index)
        self.integer(by)
        self.op("i32.add")
        self.set(index)

    @property
    def encoded(self) -> bytes:
        """The body in the binary format."""
        head = b"".join(b"\xfd\x0c" + p * 2 + b"\x21" + unsigned(i) for p, i in self._constants.items())
        groups = _vector(b"\x01" + bytes([t]) for t in self.locals)
        body = groups + head + bytes(self.text) + b"\x0b"
        return unsigned(len(body)) + body


def module(
    functions: Sequence[Code], exports: Mapping[str, int], imports: Sequence[str] = (), pages: int = 64
) -> bytes:
    """Return a module.

    Parameters
    ----------
    functions : sequence of Code
        In order; the first has the number ``len(imports)``.
    exports : mapping
        Names of functions and their numbers. The memory is exported as ``memory``.
    imports : sequence of str
        Names of functions of ``env`` that take one f64 or two and return one: ``name/1``, ``name/2``.
    pages : int
        The size of the memory, in units of 64 KiB.
    """
    types: list[tuple[tuple[int, ...], tuple[int, ...]]]
    types = [((F64,) * int(i.rpartition("/")[2]), (F64,)) for i in imports]
    types += [(f.parameters, f.results) for f in functions]
    known = sorted(set(types))
    sections = [
        (1, _vector(b"\x60" + _vector(bytes([p]) for p in a) + _vector(bytes([r]) for r in b) for a, b in known)),
        (
            2,
            _vector(
                _name("env") + _name(i.rpartition("/")[0]) + b"\x00" + unsigned(known.index(t))
                for i, t in zip(imports, types, strict=False)
            ),
        ),
        (3, _vector(unsigned(known.index(t)) for t in types[len(imports) :])),
        (5, b"\x01\x00" + unsigned(pages)),
        (
            7,
            _vector(
                [*(_name(n) + b"\x00" + unsigned(i) for n, i in exports.items()), _name("memory") + b"\x02\x00"],
            ),
        ),
        (10, _vector(f.encoded for f in functions)),
    ]
    return b"\x00asm\x01\x00\x00\x00" + b"".join(bytes([n]) + unsigned(len(b)) + b for n, b in sections)


def _vector(items: Iterable[bytes]) -> bytes:
    found = list(items)
    return unsigned(len(found)) + b"".join(found)


def _name(text: str) -> bytes:
    encoded = text.encode()
    return unsigned(len(encoded)) + encoded
