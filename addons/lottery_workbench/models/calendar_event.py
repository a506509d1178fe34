from odoo import models


class CalendarEvent(models.Model):
    _inherit = "calendar.event"

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        """Leave events out of the user's sight to the check that follows.

        Core reads each event's privacy first, and in 19.0 nothing hides events; here a
        unit's are hidden from its siblings, so any search of messages would be refused.
        """
        visible = self._filtered_access("read")
        operations = super(
            CalendarEvent, visible
        )._mail_get_operation_for_mail_message_operation(message_operation)
        return operations | dict.fromkeys(self - visible, "write")
