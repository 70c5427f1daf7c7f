"""HTTP exchanges, their classification, redaction and verdicts; no module here does I/O."""
