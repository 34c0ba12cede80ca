"""The regular audit: what is registered, what was found where, and what is done about it; a paper that is signed."""
