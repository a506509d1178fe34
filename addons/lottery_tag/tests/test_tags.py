from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import TagCase


@tagged("post_install", "-at_install")
class TestTags(TagCase):
    """Tags given by hand, as the web client does it (PF-TAG-01, PF-TAG-03)."""

    def _give(self, contacts, *tags):
        commands = [(4, tag.id) for tag in tags]
        self._call(
            contacts, "web_save", {"lottery_tag_ids": commands}, specification={}
        )

    def test_form_gives_and_takes(self):
        """PF-TAG-03: who tagged and when; what is taken stays in the history."""
        self._login(self.admin_north)
        contact = self.contacts_north[0]
        self._give(contact, self.sport, self.charity)
        self.assertEqual(contact.lottery_tag_ids, self.sport | self.charity)
        command = [(3, self.sport.id)]
        self._call(contact, "web_save", {"lottery_tag_ids": command}, specification={})
        self.assertEqual(contact.lottery_tag_ids, self.charity)
        link = self._links(self.sport)
        self.assertEqual(link.user_id, self.admin_north)
        self.assertEqual(link.ended_by_id, self.admin_north)
        self.assertEqual(link.end_kind, "removed")
        self.assertTrue(link.tagged_at <= link.ended_at)

    def test_single_choice_replaces(self):
        """PF-TAG-01: of a single-choice set the new tag takes the old one's place."""
        self._login(self.admin_north)
        contact = self.contacts_north[0]
        self._give(contact, self.silver)
        self._give(contact, self.gold, self.sport)
        self.assertEqual(contact.lottery_tag_ids, self.gold | self.sport)
        self.assertEqual(self._links(self.silver).end_kind, "replaced")
        self._refuse(
            "one tag at a time",
            self.contacts_north[1],
            "web_save",
            {"lottery_tag_ids": [(4, self.gold.id), (4, self.silver.id)]},
            specification={},
        )

    def test_search_and_group(self):
        """PF-TAG-03: the list's search, grouping and search view know the tags."""
        self._login(self.admin_north)
        self._give(self.contacts_north[:3], self.sport)
        self._give(self.contacts_north[:1], self.gold)
        partners = self.env["res.partner"]
        found = self._call(partners, "search", [("lottery_tag_ids", "ilike", "sport")])
        self.assertEqual(set(found), set(self.contacts_north[:3].ids))
        groups = self._call(
            partners,
            "formatted_read_group",
            [("id", "in", self.contacts_north.ids)],
            groupby=["lottery_tag_ids"],
            aggregates=["__count"],
        )
        counts = {
            group["lottery_tag_ids"] and group["lottery_tag_ids"][0]: group["__count"]
            for group in groups
        }
        self.assertEqual(counts, {self.sport.id: 3, self.gold.id: 1, False: 1})
        views = self._call(
            partners,
            "get_views",
            views=[(False, "list"), (False, "search")],
            options={"toolbar": True},
        )["views"]
        self.assertIn("lottery_tag_ids", views["list"]["arch"])
        self.assertIn("group_by_lottery_tag", views["search"]["arch"])
        names = [action["name"] for action in views["list"]["toolbar"]["action"]]
        self.assertIn("Set Tags", names)

    def _open_wizard(self, contacts, domain, **values):
        context = {"active_model": "res.partner", "active_ids": contacts.ids}
        if domain:
            context["active_domain"] = domain
        self._login(self.admin_north)
        wizard_id = self._call(
            self.env["lottery.tag.apply"],
            "web_save",
            [],
            values,
            specification={},
            context=context,
        )[0]["id"]
        return self.env["lottery.tag.apply"].browse(wizard_id)

    def test_wizard_on_a_selection(self):
        """PF-TAG-03: a whole selection at once; records of others are refused."""
        wizard = self._open_wizard(
            self.contacts_north,
            None,
            add_tag_ids=[(4, self.sport.id)],
        )
        self.assertEqual(wizard.selected_count, 4)
        self._call(wizard, "action_apply")
        self.assertEqual(len(self._links(self.sport)), 4)
        self.assertEqual(self._links(self.sport).user_id, self.admin_north)
        strangers = self.contacts_north[:1] | self.contacts_south
        wizard = self._open_wizard(strangers, None, add_tag_ids=[(4, self.charity.id)])
        self._call(wizard, "action_apply")
        self.assertEqual(self._links(self.charity).mapped("res_id"), [strangers[0].id])

    def test_wizard_on_the_whole_list(self):
        """PF-TAG-03: "select all" goes beyond what a list selects; queries don't grow."""
        many = self._create_contacts(self.north, 60)
        domain = [("name", "like", "Tagged T-North")]
        wizard = self._open_wizard(
            many[:5], domain, everything=True, add_tag_ids=[(4, self.sport.id)]
        )
        self.assertEqual(wizard.list_count, 64)
        self.env.invalidate_all()
        with self.assertQueryCount(30):
            wizard.with_user(self.admin_north).action_apply()
        self.assertEqual(len(self._links(self.sport)), 64)

    def test_readers_do_not_tag(self):
        """PF-SEC-01: tags are written by those who may write the record."""
        reader = self._create_user("t_tag_r", self.north, "user", lang="en_US")
        self._login(reader)
        self._refuse(
            "res.partner|not allowed",
            self.contacts_north[0],
            "web_save",
            {"lottery_tag_ids": [(4, self.sport.id)]},
            specification={},
        )
        self.assertFalse(self._links(self.sport))

    def test_moving_to_another_unit_drops_the_units_tags(self):
        """PF-TAG-01: tags of the old unit's own sets don't move along."""
        own = self._create_set("Own", ("Only North",), self.north).tag_ids
        contact = self.contacts_north[0]
        contact._tag_add(own | self.sport)
        self._login(self.admin_centre)
        self._call(contact, "web_save", {"branch_id": self.south.id}, specification={})
        self.assertEqual(contact.lottery_tag_ids, self.sport)
        self.assertEqual(self._links(own).end_kind, "removed")

    # === SETS === #

    def test_unit_set_is_seen_where_it_is_used(self):
        """PF-TAG-01: a unit's set is seen there and above, elsewhere once granted."""
        own = self._create_set("Own", ("Only North",), self.north)
        tag = own.tag_ids
        domain = [("id", "=", tag.id)]
        tags = self.env["lottery.tag"]

        def seen_by(*users):
            return [bool(tags.with_user(user).search(domain)) for user in users]

        everybody = (
            self.admin_north,
            self.admin_centre,
            self.admin_south,
            self.admin_county,
        )
        self.assertEqual(seen_by(*everybody), [True, True, False, False])
        self._login(self.admin_north)
        self._refuse(
            "lottery.branch|not allowed|access",
            own,
            "write",
            {"granted_branch_ids": [(4, self.south.id)]},
        )
        self._login(self.admin_centre)
        granted = [(6, 0, (self.south | self.north_county).ids)]
        self._call(own, "web_save", {"granted_branch_ids": granted}, specification={})
        self.assertEqual(seen_by(*everybody), [True, True, True, True])
        self._login(self.admin_south)
        self._give(self.contacts_south[0], tag)
        self._refuse("lottery.tag.set", own, "write", {"name": "Taken over"})
        self._login(self.admin_centre)
        self._call(own, "web_save", {"granted_branch_ids": [(5,)]}, specification={})
        self.assertFalse(self.contacts_south[0].lottery_tag_ids)
        self.assertEqual(self._links(tag).end_kind, "removed", "its history stays")
        self._refuse(
            "belongs to Prefecture North",
            self.contacts_south[1],
            "web_save",
            {"lottery_tag_ids": [(4, tag.id)]},
            specification={},
        )

    def test_only_the_centre_promotes(self):
        """PF-TAG-01: 转为公共标签 is the centre's right."""
        own = self._create_set("Own", ("Only North",), self.north)
        self._login(self.admin_north)
        self._refuse("Only the centre", own, "action_make_common")
        self._refuse("only the centre", own, "write", {"branch_id": False})
        self.assertEqual(own.branch_id, self.north)
        self._login(self.admin_centre)
        self._call(own, "action_make_common")
        self.assertFalse(own.branch_id)
        seen = self.env["lottery.tag"].with_user(self.admin_south)
        self.assertTrue(seen.search([("id", "=", own.tag_ids.id)]))

    def test_stop_and_start(self):
        """PF-TAG-03: stopping keeps the history, starting restores what was there."""
        self._login(self.admin_centre)
        contacts = self.contacts_north
        self._give(contacts[:3], self.gold)
        self._give(contacts[2], self.silver)  # gold was there before
        self._call(self.gold, "action_stop")
        self.assertFalse(contacts.lottery_tag_ids & self.gold)
        self.assertEqual(
            self._links(self.gold).mapped("end_kind"),
            ["stopped", "stopped", "replaced"],
        )
        self._refuse(
            "stopped or outside",
            contacts[3],
            "web_save",
            {"lottery_tag_ids": [(4, self.gold.id)]},
            specification={},
        )
        self._give(contacts[1], self.silver)  # took another meanwhile: it stays
        self._call(self.gold, "action_start")
        self.assertEqual(contacts[0].lottery_tag_ids, self.gold)
        self.assertEqual(contacts[1].lottery_tag_ids, self.silver)
        live = self._links(self.gold).filtered(lambda link: not link.ended_at)
        self.assertEqual(live.user_id, self.admin_centre)

    def test_stopped_set_comes_back(self):
        self.contacts_north[0]._tag_add(self.sport)
        self.charity.active = False
        self.topic.active = False
        self.assertFalse(self.contacts_north[0].lottery_tag_ids)
        self.topic.active = True
        self.assertEqual(self.contacts_north[0].lottery_tag_ids, self.sport)

    def test_validity_ends(self):
        """PF-TAG-01: the night after its last day a tag is stopped."""
        self.contacts_north[0]._tag_add(self.sport)
        self.sport.valid_until = fields.Date.today() - timedelta(days=2)
        self.env["lottery.tag"]._cron_stop_expired()
        self.assertFalse(self.sport.active)
        self.assertFalse(self.contacts_north[0].lottery_tag_ids)

    def test_used_tags_stay(self):
        self.contacts_north[0]._tag_add(self.sport)
        self._login(self.admin_centre)
        self._refuse("stop it instead", self.sport, "unlink")
        self._refuse("stop it instead", self.topic, "unlink")
        self._refuse("has tags", self.topic, "write", {"model": "res.users"})
        self._call(self.charity, "unlink")
        self.assertFalse(self.charity.exists())

    def test_choice_changes_when_the_links_allow(self):
        """PF-TAG-01: a set turns single-choice once no record carries two tags."""
        self.contacts_north[0]._tag_add(self.sport | self.charity)
        self._login(self.admin_centre)
        self._refuse("carry several", self.topic, "write", {"choice": "single"})
        self.contacts_north[0]._tag_remove(self.sport)
        self._call(self.topic, "write", {"choice": "single"})
        self.assertTrue(
            self._links(self.charity).filtered("exclusive"), "the index guards it"
        )

    def test_deleted_records_leave_nothing(self):
        self.contacts_north[0]._tag_add(self.sport)
        self.contacts_north[0].unlink()
        self.assertFalse(self._links(self.sport))

    def test_statistics(self):
        """PF-TAG-03: figures per tag, of the records the reader may see."""
        self.contacts_north[:3].with_user(self.admin_north)._tag_add(self.sport)
        self.contacts_south.with_user(self.admin_south)._tag_add(self.sport)
        self._links(self.sport)[0].flush_recordset()
        self.env.cr.execute(
            "UPDATE lottery_tag_link SET tagged_at = tagged_at - interval '17 days'"
            " WHERE id = %s",
            [self._links(self.sport)[0].id],
        )
        self._login(self.admin_north)
        figures = self._call(self.topic, "get_statistics", 4)
        sport = figures["tags"][0]
        self.assertEqual((sport["now"], sport["given"], sport["taken"]), (3, 3, 0))
        self.assertEqual(sport["trend"], [0, 1, 1, 3])
        people = [(person["name"], person["count"]) for person in figures["people"]]
        self.assertEqual(people, [(self.admin_north.name, 3)])
        self._login(self.admin_centre)
        self.assertEqual(self._call(self.topic, "get_statistics")["tags"][0]["now"], 5)
