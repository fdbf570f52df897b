"""Pure: what travels between this machine and a destination: a project there."""
