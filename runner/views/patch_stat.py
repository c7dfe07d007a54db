"""What a patch touches, as lines for people: one a file, a sum, and what is changed but not in it."""

from collections.abc import Iterable

from runner.views.figures import counted
from runner.views.patch import FilePatch, PatchSummary, quoted

FILES = 40
"""So many files are listed; the patch has all. Our choice."""


def patch_stat(parts: Iterable[FilePatch], summary: PatchSummary) -> str:
    """Return the lines. Nothing was changed: a sentence that says so.

    Args:
        parts: the patch's parts in order; only the first ones are read closely.
        summary: of the whole patch.
    """
    rows = [(quoted(part.path), _figures(part)) for part in parts]
    width = max((len(path) for path, _ in rows[:FILES]), default=0)
    lines = [f"{path:<{width}}  {figures}" for path, figures in rows[:FILES]]
    if len(rows) > FILES:
        lines.append(f"... and {counted(len(rows) - FILES, 'more file', 'more files')}")
    if summary.files:
        lines.append(f"{counted(summary.files, 'file')}, +{summary.insertions} -{summary.deletions}")
    else:
        lines.append("nothing that a patch can hold")
    for reason, left in summary.left_out.items():
        names = ", ".join(left.listed[:3]) + (", ..." if left.count > 3 else "")  # noqa: PLR2004 - what fits a line
        lines.append(f"not in the patch, {reason.value}: {left.count} ({names})")
    return "\n".join(lines)


def _figures(part: FilePatch) -> str:
    return "binary" if part.binary else f"+{part.insertions} -{part.deletions}"
