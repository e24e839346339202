"""Tables: how files and objects in memory become columns of numbers and of levels."""
