"""The commands of the shell, a file a topic: each turns arguments into calls."""
