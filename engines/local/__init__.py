"""Pure: arrays on this machine, whose children are processes of it."""
