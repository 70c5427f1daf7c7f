"""The code for asyncio and trio, from which the code of the same modules for blocking code is made."""
