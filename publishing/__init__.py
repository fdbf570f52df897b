"""Pure: from the stage to the output folder: check, publish, record, verify."""
