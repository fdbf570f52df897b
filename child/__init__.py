"""Pure: the work of one child, from what it is told to a chunk that is delivered."""
