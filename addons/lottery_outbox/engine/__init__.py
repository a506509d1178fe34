"""Rules of sending without Odoo: errors, back-off, rate, circuit breaker."""
