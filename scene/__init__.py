"""What the open .blend is: what it renders, what it reads, and what is the matter with it."""
