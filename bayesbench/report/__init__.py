"""The page: template, style and the writing of the files; nothing is computed here."""

from bayesbench.report.write import check_folder, rebuild, write_report

__all__ = ["check_folder", "rebuild", "write_report"]
