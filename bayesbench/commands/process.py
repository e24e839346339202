"""What only the program may set, for its whole process."""

from __future__ import annotations

import gc
import os

SELDOM = 200_000  # objects between two looks for garbage: an import makes hundreds of thousands


def for_this_process() -> None:
    """What only the program may set: how JAX runs, and how often garbage is looked for.

    JAX reads its variables when it starts; those that the user has set are left alone.
    """
    gc.set_threshold(SELDOM, *gc.get_threshold()[1:])
    from bayesbench.jax_environment import asked

    os.environ.update(asked(os.environ))
