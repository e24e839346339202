"""The ways of fitting, one file each, and the one record that they all return."""
