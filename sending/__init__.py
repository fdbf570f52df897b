"""Pure: a project sent: which files go where, what of them has changed, and how they get there."""
