"""The measured programs: each commits batches with one library, in a process with no other packages."""
