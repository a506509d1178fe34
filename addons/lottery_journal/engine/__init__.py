"""The journal's rules without Odoo: canonical text, MACs, sealing, heads, verification.

Odoo and `tools/journal_sealer` share this package; nothing here imports odoo.
"""
