"""The figures, one a file: each draws what an archive holds, on given axes or new ones."""
