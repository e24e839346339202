"""The page: template, style and the writing of the files; nothing is computed here."""

from bayesbench.report.gallery import write_gallery
from bayesbench.report.write import rebuild, write_report

__all__ = ["rebuild", "write_gallery", "write_report"]
