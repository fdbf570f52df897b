"""Pure: one page that shows how a render went, made from records, verdicts and logs."""
