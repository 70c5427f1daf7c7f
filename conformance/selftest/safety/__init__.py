"""Tests of what no run may do: harm a batch, disclose the token, hang, or use too much memory."""
