"""Pure: the first bytes of what a file compressed by Zstandard holds (RFC 8878).

No more than what tells a .blend's version: the first literals of the first block. Python has a
module for all of it from 3.14 on, and not every Blender brings one.
"""

from __future__ import annotations

MAGIC = (0xFD2FB528).to_bytes(4, "little")
_MOST_WEIGHT_BITS = 6
"""Of the table that a tree's weights are packed by (4.2.1.2)."""
_MOST_TREE_BITS = 11


class _Backward:
    """Bits that are read from a stream's end to its beginning, each number's highest bit first."""

    def __init__(self, data: bytes) -> None:
        self._number = int.from_bytes(data, "little")
        self.left = self._number.bit_length() - 1  # the highest bit marks the end

    def read(self, count: int) -> int:
        """Beyond the beginning there are zeros, and `left` is negative."""
        self.left -= count
        shifted = self._number >> self.left if self.left >= 0 else self._number << -self.left
        return shifted & ((1 << count) - 1)


def first_bytes(start: bytes, count: int) -> bytes:
    """The first bytes that a frame holds, fewer where its first literals are; empty: not known.

    `start` is the beginning of the file, at least its first block.
    """
    try:
        descriptor = start[4]
        single_segment = descriptor >> 5 & 1
        content_size = (single_segment, 2, 4, 8)[descriptor >> 6]
        place = 5 + (1 - single_segment) + (0, 1, 2, 4)[descriptor & 3] + content_size
        head = int.from_bytes(start[place : place + 3], "little")
        kind, block = head >> 1 & 3, start[place + 3 :]
        if kind == 2:
            return _first_literals(block[: head >> 3], count)
        return block[: min(count, head >> 3)] if kind == 0 else b""
    except (IndexError, ValueError):
        return b""


def _first_literals(block: bytes, count: int) -> bytes:
    """The first literals of a compressed block (3.1.1.3.1)."""
    kind, form = block[0] & 3, block[0] >> 2 & 3
    if kind == 0:
        length = 1 if form in (0, 2) else 2 if form == 1 else 3
        size = int.from_bytes(block[:length], "little") >> (3 if length == 1 else 4)
        return block[length : length + min(size, count)]
    if kind != 2:
        return b""
    length, bits = ((3, 10), (3, 10), (4, 14), (5, 18))[form]
    sizes = int.from_bytes(block[:length], "little") >> 4
    count_here, packed = sizes & ((1 << bits) - 1), sizes >> bits
    weights, tree_size = _tree_weights(block[length : length + packed])
    streams = block[length + tree_size : length + packed]
    if form:  # four streams, the sizes of the first three before them
        streams = streams[6 : 6 + int.from_bytes(streams[:2], "little")]
        count_here = (count_here + 3) // 4
    return _symbols(streams, weights, min(count, count_here))


def _tree_weights(data: bytes) -> tuple[list[int], int]:
    """The weights of a Huffman tree's symbols, and how many bytes describe it (4.2.1.1)."""
    head = data[0]
    if head >= 128:
        number = head - 127
        weights = [data[1 + i // 2] >> (0 if i % 2 else 4) & 15 for i in range(number)]
        size = 1 + (number + 1) // 2
    else:
        weights, size = _unpacked_weights(data[1 : 1 + head]), 1 + head
    total = sum(1 << weight >> 1 for weight in weights)
    left = (1 << total.bit_length()) - total
    return [*weights, left.bit_length()], size


def _unpacked_weights(data: bytes) -> list[int]:
    """By two states of one table, in turns (4.2.1.2)."""
    counts, bits, size = _counts(data)
    table = _table(counts, bits)
    stream = _Backward(data[size:])
    states = [stream.read(bits), stream.read(bits)]
    weights: list[int] = []
    while len(weights) < 255:
        turn = len(weights) % 2
        symbol, more, base = table[states[turn]]
        weights.append(symbol)
        states[turn] = base + stream.read(more)
        if stream.left < 0:
            return [*weights, table[states[1 - turn]][0]]
    raise ValueError(data)


def _counts(data: bytes) -> tuple[list[int], int, int]:
    """How often each symbol is in a table, its size in bits, and the bytes that say so (4.1.1)."""
    number, place = int.from_bytes(data, "little"), 4
    bits = (number & 15) + 5
    if bits > _MOST_WEIGHT_BITS:
        raise ValueError(bits)
    counts: list[int] = []
    left = 1 << bits
    while left > 0:
        width = (left + 1).bit_length()
        value = number >> place & ((1 << width) - 1)
        low, spare = value & ((1 << width - 1) - 1), (1 << width) - 2 - left
        if low < spare:
            place, value = place + width - 1, low
        else:
            place, value = place + width, value - spare if value >= 1 << width - 1 else value
        counts.append(value - 1)
        left -= abs(value - 1)
        while value == 1:  # none of that symbol: how many more there are none of
            zeros = number >> place & 3
            place += 2
            counts += [0] * zeros
            if zeros < 3:
                break
    return counts, bits, (place + 7) // 8


def _table(counts: list[int], bits: int) -> list[tuple[int, int, int]]:
    """For each state its symbol, how many bits are read next, and what they are added to."""
    size = 1 << bits
    symbols = [0] * size
    top = size
    for symbol, count in enumerate(counts):
        if count < 0:
            top -= 1
            symbols[top] = symbol
    place = 0
    for symbol, count in enumerate(counts):
        for _ in range(max(0, count)):
            symbols[place] = symbol
            place = (place + (size >> 1) + (size >> 3) + 3) & (size - 1)
            while place >= top:
                place = (place + (size >> 1) + (size >> 3) + 3) & (size - 1)
    following = [abs(count) for count in counts]
    table = []
    for symbol in symbols:
        more = bits - following[symbol].bit_length() + 1
        table.append((symbol, more, (following[symbol] << more) - size))
        following[symbol] += 1
    return table


def _symbols(data: bytes, weights: list[int], count: int) -> bytes:
    """The first symbols of a stream by a Huffman tree (4.2.2)."""
    bits = (sum(1 << weight >> 1 for weight in weights)).bit_length() - 1
    if bits > _MOST_TREE_BITS:
        raise ValueError(bits)
    table: list[tuple[int, int]] = []
    for weight in range(1, bits + 1):
        for symbol, own in enumerate(weights):
            if own == weight:
                table += [(symbol, bits + 1 - weight)] * (1 << weight - 1)
    stream, symbols = _Backward(data), bytearray()
    while len(symbols) < count:
        symbol, length = table[stream.read(bits)]
        stream.left += bits - length
        if stream.left < 0:
            raise ValueError(data)
        symbols.append(symbol)
    return bytes(symbols)
