"""Pure: Slurm as an engine, by its own commands."""
