"""Talk with providers: functions that run in threads of the outbox, without Odoo's
environment. What they need comes in the request, what happened goes out as answer or as
one of the outbox's errors."""
