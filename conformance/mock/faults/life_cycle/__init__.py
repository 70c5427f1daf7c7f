"""Faults in which batches a commit accepts, and in its side effects.

- `ready.py`: what happens to ready batches: LIFE-001, 007, 008 and 010
- `refused.py`: the batches that are to be refused: LIFE-002 to 004, 009 and 011
"""

from conformance.mock.faults.life_cycle import ready, refused

__all__ = ["ready", "refused"]
