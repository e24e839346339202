"""What is said when the input can't be used."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path


class BadInput(ValueError):
    """Input that can't be used, in one sentence that tells how to mend it.

    Parameters
    ----------
    place : str
        Where it is: the file, row and column, or the name of the argument.
    found : str
        What stands there.
    expected : str
        What should stand there.
    remedy : str
        What to do about it.
    """

    def __init__(self, place: str, *, found: str, expected: str, remedy: str) -> None:
        self.place, self.found, self.expected, self.remedy = place, found, expected, remedy
        end = "" if remedy.endswith("?") else "."
        super().__init__(f"{place}: found {found}, expected {expected}; {remedy}{end}")

    def __reduce__(self) -> tuple[Callable[[], "BadInput"], tuple[()]]:
        """So that it comes back from another process as what it was."""
        told = {"found": self.found, "expected": self.expected, "remedy": self.remedy}
        return partial(BadInput, self.place, **told), ()


def check_name(place: str, name: object, known: Sequence[str], of: str = "one of") -> None:
    """Refuse a name that is not among those that are known.

    Raises
    ------
    BadInput
        With the nearest of them.
    """
    if name not in known:
        expected, remedy = f"{of} {', '.join(known)}", nearest(str(name), list(known))
        raise BadInput(place, found=repr(name), expected=expected, remedy=remedy)


def a(word: str) -> str:
    """A word with its article: "a list", "an int"."""
    spelt = word.startswith(("LKJ", "mle"))  # letter by letter
    vowel = word[:1].lower() in "aeiou" and word[:3].lower() != "uni"
    return f"{'an' if vowel or spelt else 'a'} {word}"


def kind_of(value: object) -> str:
    """What a value is, for a sentence: "an int", or "None"."""
    return "None" if value is None else a(type(value).__name__)


def closest(name: str, names: list[str]) -> str | None:
    """The one of `names` that was meant, most likely; None if there is none."""
    from difflib import get_close_matches

    close = get_close_matches(name.lower(), [known.lower() for known in names], n=3)
    # Letters in another order are the likeliest slip: `adma` is nearer to `adam` than `adamax`.
    close.sort(key=lambda known: sorted(known) != sorted(name.lower()))
    return next((known for known in names if close and known.lower() == close[0]), None)


def nearest(name: str, names: list[str]) -> str:
    """The remedy for a name that is not among `names`: the nearest one, or the list."""
    meant = closest(name, names)
    if meant is not None:
        return f"did you mean '{meant}'?"
    shown = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
    return f"there are: {shown}" if names else "there are none"


def nearest_file(path: Path, pattern: str) -> str:
    """The remedy for a file that is not there: the one beside it with the nearest name."""
    there = [other.name for other in path.parent.glob(pattern)] if path.parent.is_dir() else []
    remedy = nearest(path.name, there)
    return remedy if remedy.endswith("?") else "check the path"
