"""The whole job on the coin: three commands, against a script of the usual parts.

`posterior` is what `bayesbench fit coin --method posterior` prints, `all` what it prints by all
methods, `report` the page.
"""
