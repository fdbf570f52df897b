"""Pure: arrays as files of Open Job Description, for farms that take those."""
