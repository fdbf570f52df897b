"""Pure: what the operating systems do differently with processes, behind names of one meaning."""
