"""The first and second moments of tables, in one pass over the rows, and points that have them.

Of columns X the moments are in the triangle R with RᵀR = AᵀA, A = (1, X - shift). To square A
would cost half of its digits where columns are nearly a combination of others. So A is first
turned into coordinates in which its first rows are orthonormal: what is squared then is near
the identity, and loses nothing (Cholesky's QR with a preconditioner, Fukaya et al. 2020). Where
the first rows were not like the others, Householder's QR goes over all of them instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

BLOCK = 8192  # rows at a time, so that they stay in the cache
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
    triangle = _triangle(columns, shift, weights)
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


def _triangle(
    columns: Sequence[np.ndarray], shift: np.ndarray, weights: np.ndarray | None
) -> np.ndarray:
    """R, (tables, 1 + k, 1 + k), of (1, columns - shift), each row times the root of its weight."""
    blocks = _blocks(columns, shift, weights)
    first = _qr(next(blocks))
    if columns[0].shape[1] <= BLOCK:
        return first
    made = _by_squares(first, _blocks(columns, shift, weights))
    return made if made is not None else _by_rotations(first, blocks)


def _by_squares(first: np.ndarray, blocks: Iterator[np.ndarray]) -> np.ndarray | None:
    """In the coordinates of the first rows; None where they were not like the others."""
    place = np.arange(first.shape[-1])
    lengths = np.sqrt((first**2).sum(axis=1))
    own = first[:, place, place]
    lost = np.abs(own) <= NOTHING * lengths
    first = first.copy()
    first[:, place, place] = np.where(lost, np.where(lengths > 0, lengths, 1.0), own)
    turn, squares = np.linalg.inv(first), np.zeros_like(first)
    for block in blocks:
        turned = block @ turn
        squares += np.swapaxes(turned, 1, 2) @ turned
    try:
        factor = np.swapaxes(np.linalg.cholesky(squares), 1, 2)
    except np.linalg.LinAlgError:
        return None
    left = factor[:, place, place] ** 2 / squares[:, place, place]
    return factor @ first if bool((left >= SAFE**2).all()) else None


def _by_rotations(triangle: np.ndarray, blocks: Iterator[np.ndarray]) -> np.ndarray:
    """By Householder's QR, block by block: no number is squared."""
    for block in blocks:
        triangle = _qr(np.concatenate([triangle, block], axis=1))
    return triangle


def _qr(rows: np.ndarray) -> np.ndarray:
    """R of fewer rows than columns too: zeros are added."""
    missing = max(0, rows.shape[2] - rows.shape[1])
    whole = np.pad(rows, ((0, 0), (0, missing), (0, 0))) if missing else rows
    return np.asarray(np.linalg.qr(whole, mode="r"))


def _blocks(
    columns: Sequence[np.ndarray], shift: np.ndarray, weights: np.ndarray | None
) -> Iterator[np.ndarray]:
    """(1, columns - shift) some rows at a time; each block is written where the last one was."""
    tables, n = columns[0].shape[:2]
    room = np.empty((tables, min(n, BLOCK), 1 + shift.shape[-1]))
    for first in range(0, n, BLOCK):
        rows = slice(first, min(first + BLOCK, n))
        block, at = room[:, : rows.stop - first], 1
        block[..., 0] = 1.0
        for column in columns:
            block[..., at : at + column.shape[-1]] = column[:, rows]
            at += column.shape[-1]
        block[..., 1:] -= shift[:, None]
        if weights is not None:
            block *= np.sqrt(weights[:, rows, None])
        yield block
