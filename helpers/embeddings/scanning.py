"""The two loops over bytes that :mod:`.parsing` runs, compiled by numba when they are first called.

The compiled code is kept, beside this file or where numba finds room, so that it is compiled once on a machine.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from helpers.embeddings import compiling

# Called with a function of this module when it is first needed, not at import: numba alone takes a second.
compiled = lru_cache(compiling.compiled())


def scan(data, at, stop, dim, values, text, used, later, tens):
    """Read lines of a word and ``dim`` numbers until one is odd, ``values`` are full, or the bytes end.

    A number of at most 19 digits is an integer times a power of ten, and the division rounds once (Clinger 1990, How to
    read floating point numbers accurately). What more digits could change in float32 is left to Python's ``float``, so
    that every value equals ``float32(float(text))`` bit for bit.

    Parameters
    ----------
    data : array [bytes], uint8
    at, stop : int
        Where to begin; behind the last line end.
    dim : int
    values : array [room, dim], float32
        Is filled.
    text : array, uint8
        Takes the words from ``used`` on, a line end behind each.
    used : int
    later : array [room, 4], int64
        Takes row, column, first byte and end of the numbers that are left to Python.
    tens : array [23], float64
        Powers of ten.

    Returns
    -------
    tuple of int
        Rows read; where the first line begins that was not; bytes of ``text`` in use; numbers left to Python.
    """
    row = 0
    waiting = 0
    while at < stop and row < len(values):
        i = at
        while data[i] != 32 and data[i] != 10 and data[i] != 9:
            i += 1
        if i == at or waiting + dim > len(later):
            break
        end = i
        odd = False
        kept = waiting
        for column in range(dim):
            while data[i] == 32 or data[i] == 9:
                i += 1
            begin = i
            negative = data[i] == 45
            if negative or data[i] == 43:
                i += 1
            first = i
            whole = np.uint64(0)
            digit = np.uint8(data[i] - np.uint8(48))
            while digit < 10:
                whole = whole * np.uint64(10) + np.uint64(digit)
                i += 1
                digit = np.uint8(data[i] - np.uint8(48))
            digits = i - first
            scale = 0
            if data[i] == 46:
                i += 1
                first = i
                digit = np.uint8(data[i] - np.uint8(48))
                while digit < 10:
                    whole = whole * np.uint64(10) + np.uint64(digit)
                    i += 1
                    digit = np.uint8(data[i] - np.uint8(48))
                scale = first - i
                digits -= scale
            if digits == 0:
                odd = True
                break
            if data[i] == 101 or data[i] == 69:
                i += 1
                down = data[i] == 45
                if down or data[i] == 43:
                    i += 1
                power = 0
                first = i
                digit = np.uint8(data[i] - np.uint8(48))
                while digit < 10:
                    power = min(power * 10 + np.int64(digit), 100_000)
                    i += 1
                    digit = np.uint8(data[i] - np.uint8(48))
                if i == first:
                    odd = True
                    break
                scale += -power if down else power
            if data[i] != 32 and data[i] != 10 and data[i] != 13 and data[i] != 9:
                odd = True
                break
            number = np.float64(whole)
            exact = digits < 20 and -23 < scale < 23
            if exact:
                number = number / tens[-scale] if scale < 0 else number * tens[scale]
                # Beyond 2^53 the integer was rounded too: is the middle between two float32 values out of reach?
                if whole >= np.uint64(9_007_199_254_740_992):
                    exact = np.float32(number * (1 - 2e-15)) == np.float32(number * (1 + 2e-15))
            if exact:
                values[row, column] = -number if negative else number
            else:
                later[waiting, 0] = row
                later[waiting, 1] = column
                later[waiting, 2] = begin
                later[waiting, 3] = i
                waiting += 1
        while data[i] == 32 or data[i] == 13 or data[i] == 9:
            i += 1
        if odd or data[i] != 10:
            waiting = kept
            break
        for k in range(at, end):
            text[used] = data[k]
            used += 1
        text[used] = 10
        used += 1
        at = i + 1
        row += 1
    return row, at, used, waiting


def copy_rows(data, stop, room, values, text):
    """Read rows of word2vec's binary: a word, a space, the floats as they lie in memory (little-endian).

    Parameters
    ----------
    data : array [bytes], uint8
    stop : int
        Bytes that may be looked at.
    room : int
        Rows at most.
    values : array [rows, 4 * dim], uint8
        Is filled.
    text : array, uint8
        Takes the words, a line end behind each.

    Returns
    -------
    tuple of int
        Rows read whole; where the next begins; bytes of ``text`` in use; 1 if a word there is none (a line end in it).
    """
    width = values.shape[1]
    row = 0
    at = 0
    used = 0
    while row < room:
        i = at
        while i < stop and data[i] == 10:
            i += 1
        begin = i
        while i < stop and data[i] != 32 and data[i] != 10:
            i += 1
        if i < stop and (data[i] == 10 or i == begin):
            return row, at, used, 1
        if i + 1 + width > stop:
            break
        for k in range(begin, i):
            text[used] = data[k]
            used += 1
        text[used] = 10
        used += 1
        for k in range(width):
            values[row, k] = data[i + 1 + k]
        at = i + 1 + width
        row += 1
    return row, at, used, 0
