"""The first and second moments of tables, in one pass over the rows, and points that have them.

Of columns X the moments are in the triangle R with RᵀR = AᵀA, A = (1, X - shift). To square A
costs half of its digits where columns are nearly a combination of others, and nothing else: it
is squared as it is where its first rows show no such columns. Where they do, A is first turned
into coordinates in which its first rows are orthonormal: what is squared then is near the
identity, and loses nothing (Cholesky's QR with a preconditioner, Fukaya et al. 2020). Where the
first rows were not like the others, Householder's QR goes over all of them instead.

Stretches of rows are squared side by side, one for each core, and added up in their order, so
that the sums do not depend on how many cores there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from bayesbench.cores import cores

BLOCK = 8192  # rows at a time, so that they stay in the cache; of few columns more
CELLS = 12 * BLOCK  # that a block has then
FIRST = 1024  # rows that tell in which coordinates all are squared
STRIP = 1024  # of them that are multiplied in one call, which is too short for BLAS's own threads
STRETCH = 64 * BLOCK  # rows that one thread takes at a time
SAFE = 0.05  # of a column what must be left without the others: 1e-13 of its square is then exact
NOTHING = 1e-8  # of a column's length: what is left of it in the first rows is only rounding


def moments(
    columns: Sequence[np.ndarray], weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The points of the first and second moments, and their weights, of many tables.

    They lie one standard deviation, times the root of their number, on either side of the mean
    along each column of the triangle (Julier and Uhlmann 1997).

    Parameters
    ----------
    columns : sequence of arrays, shape (tables, n, k) each
        Side by side they are the tables.
    weights : array, shape (tables, n), optional
        1 each if not given.

    Returns
    -------
    points : array, shape (tables, 2 k, k), of all columns
    weights : array, shape (tables, 2 k)
    """
    shift = _shift(columns)
    triangle = _triangle(_Rows(columns, shift, weights))
    size = triangle.shape[-1] - 1
    root = triangle[:, 0, 0]  # of the sum of the weights, with a sign
    middle = shift + triangle[:, 0, 1:] / root[:, None]
    total = root**2
    steps = triangle[:, 1:, 1:] * np.sqrt(size / total)[:, None, None]
    points = middle[:, None] + np.concatenate([steps, -steps], axis=1)
    each = np.broadcast_to((total / (2 * size))[:, None], points.shape[:2]).copy()
    return points, each


def _shift(columns: Sequence[np.ndarray]) -> np.ndarray:
    """Near the means, (tables, k): equal values have no spread, whatever their mean rounds to."""
    first = np.concatenate([column[:, :BLOCK] for column in columns], axis=-1)
    return np.where(np.ptp(first, axis=1) == 0, first[:, 0], first.mean(axis=1))


def _triangle(rows: _Rows) -> np.ndarray:
    """R, (tables, 1 + k, 1 + k), of (1, columns - shift), each row times the root of its weight."""
    block = next(rows.blocks(0, BLOCK))
    if rows.n <= BLOCK:
        return _qr(block)
    first = _qr(block[..., :FIRST])
    for turn in (None, _turn(first)) if _is_safe(first) else (_turn(first),):
        made = _by_squares(rows, turn)
        if made is not None:
            return made
    return _by_rotations(rows)


def _is_safe(first: np.ndarray) -> bool:
    """Whether each column has enough of its own in the first rows, and something to spare."""
    own = np.diagonal(first, axis1=1, axis2=2) ** 2
    return bool((own >= 4 * SAFE**2 * (first**2).sum(axis=1)).all())


def _turn(first: np.ndarray) -> np.ndarray:
    """The triangle of the first rows, whose inverse turns them; what has no length is let be."""
    place = np.arange(first.shape[-1])
    lengths = np.sqrt((first**2).sum(axis=1))
    own = first[:, place, place]
    lost = np.abs(own) <= NOTHING * lengths
    turn = first.copy()
    turn[:, place, place] = np.where(lost, np.where(lengths > 0, lengths, 1.0), own)
    return turn


def _by_squares(rows: _Rows, turn: np.ndarray | None) -> np.ndarray | None:
    """As they are, or turned; None where digits would be lost."""
    inverse = None if turn is None else np.swapaxes(np.linalg.inv(turn), 1, 2)

    def squared(start: int) -> np.ndarray:
        found: np.ndarray | None = None
        for block in rows.blocks(start, start + STRETCH):
            part = _squares(block if inverse is None else inverse @ block)
            found = part if found is None else found + part
        assert found is not None
        return found

    starts = range(0, rows.n, STRETCH)
    if len(starts) == 1:
        squares = squared(0)
    else:
        with ThreadPoolExecutor(cores()) as pool:
            squares = sum(pool.map(squared, starts), np.zeros(()))
    try:
        factor = np.swapaxes(np.linalg.cholesky(squares), 1, 2)
    except np.linalg.LinAlgError:
        return None
    own, whole = (np.diagonal(each, axis1=1, axis2=2) for each in (factor, squares))
    if not (own**2 >= SAFE**2 * whole).all():
        return None
    return factor if turn is None else factor @ turn


def _squares(block: np.ndarray) -> np.ndarray:
    """The products of its rows with each other, (tables, 1 + k, 1 + k), of (tables, 1 + k, width).

    Without its first row on one side: NumPy sees a matrix times itself else, and has a slow
    way for small ones.
    """
    tables, size = block.shape[:2]
    strips = np.swapaxes(block.reshape(tables, size, -1, STRIP), 1, 2)
    squares = np.empty((tables, size, size))
    squares[:, 1:] = (strips[:, :, 1:] @ np.swapaxes(strips, 2, 3)).sum(axis=1)
    squares[:, 0, 1:] = squares[:, 1:, 0]
    squares[:, 0, 0] = np.einsum("tb,tb->t", block[:, 0], block[:, 0])
    return squares


def _by_rotations(rows: _Rows) -> np.ndarray:
    """By Householder's QR, block by block: no number is squared."""
    blocks = rows.blocks(0, rows.n)
    triangle = _qr(next(blocks))
    for block in blocks:
        triangle = _qr(np.concatenate([np.swapaxes(triangle, 1, 2), block], axis=2))
    return triangle


def _qr(block: np.ndarray) -> np.ndarray:
    """R of (tables, 1 + k, rows); of fewer rows than columns too: zeros are added."""
    missing = max(0, block.shape[1] - block.shape[2])
    whole = np.pad(block, ((0, 0), (0, 0), (0, missing))) if missing else block
    return np.asarray(np.linalg.qr(np.swapaxes(whole, 1, 2), mode="r"))


@dataclass(frozen=True)
class _Rows:
    """The rows (1, columns - shift), each times the root of its weight."""

    columns: Sequence[np.ndarray]
    shift: np.ndarray
    weights: np.ndarray | None

    @property
    def n(self) -> int:
        return int(self.columns[0].shape[1])

    def blocks(self, start: int, stop: int) -> Iterator[np.ndarray]:
        """Some rows at a time, (tables, 1 + k, width), zeros after the last one.

        Each block is written where the last one was. Where there are few rows, it is as short.
        """
        tables, size = self.shift.shape
        stop, width = min(stop, self.n), self.n
        if self.n > BLOCK:
            width = BLOCK * max(1, CELLS // (BLOCK * (1 + size)))
        room = np.ones((tables, 1 + size, width))
        for first in range(start, stop, width):
            count, at = min(width, stop - first), 1
            rows, block = slice(first, first + count), room[..., :count]
            for column in self.columns:
                end = at + column.shape[-1]
                part, by = np.swapaxes(column[:, rows], 1, 2), self.shift[:, at - 1 : end - 1, None]
                np.subtract(part, by, out=block[:, at:end])
                at = end
            if self.weights is not None:
                block[:, 0] = np.sqrt(self.weights[:, rows])
                block[:, 1:] *= block[:, :1]
            if count < width:
                room[..., count:] = 0.0
            yield room
