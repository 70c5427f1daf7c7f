"""What no run may do, whatever the target does: harm a batch, give the token away, hang, or fill the memory."""
