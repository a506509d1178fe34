"""Simulator of ILMS: an HTTP server of its own with its own books (IT-ILM-03)."""
