from odoo import api, models


class MailThread(models.AbstractModel):
    """Followers of another unit must not keep a colleague's form from opening."""

    _inherit = "mail.thread"

    @api.depends("message_follower_ids")
    @api.depends_context("uid")  # core reads all of them as superuser
    def _compute_message_partner_ids(self):
        """Leave out the followers whose contact the reader may not see (PF-SEC-02).

        Core would refuse the whole chatter: an outlet or transfer made by the centre
        opened with an access error at its unit.
        """
        for thread in self:
            followers = thread.message_follower_ids.partner_id
            thread.message_partner_ids = followers._filtered_access("read")
