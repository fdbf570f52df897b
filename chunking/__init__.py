"""Pure: which frames there are, which child renders which, and what a child is told."""
