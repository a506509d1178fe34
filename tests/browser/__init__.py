"""Journeys in Chromium, in Chinese, against the private instance.

Run by `tools/test browser`. With BROWSER_SHOTS=<directory> the named pictures of the
documents are taken on the way (`make docs`).
"""
