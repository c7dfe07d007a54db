"""What a program text in a small language does, in the words that the readers of all languages share."""

from runner.types import Effects, Word


class Doing(Word, frozen=True, kw_only=True):
    """What a program text does.

    Attributes:
        effects: as far as the text says. Paths in it are absolute, made so by the directory the program works in.
            `opaque` when anything in the text is not certainly understood.
        commands: shell texts that it runs; the engine judges them like `sh -c`.
    """

    effects: Effects = Effects()
    commands: tuple[str, ...] = ()
