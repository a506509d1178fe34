from lxml import etree

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .tag_links import TagLinks

FIELD = "lottery_tag_ids"


class LotteryTagMixin(models.AbstractModel):
    """Records that carry tags (PF-TAG-01, PF-TAG-03).

    Inheriting it is all a model needs: every list gets search, grouping and a column by
    tags, and *Set Tags* stands in its action menu. The form places ``lottery_tag_ids``
    where it fits. The model's unit is its ``branch_id`` unless ``_tag_branch_field``
    says otherwise; a model without units takes the tags of every set.
    """

    _name = "lottery.tag.mixin"
    _description = "Record with Tags"

    _tag_branch_field = "branch_id"

    lottery_tag_ids = TagLinks(
        "lottery.tag",
        string="Object Tags",
        copy=False,
        groups="base.group_user",
        domain=lambda self: [("model", "=", self._name)],
    )

    def write(self, vals):
        result = super().write(vals)
        if self._tag_branch_field in vals:
            self._drop_strange_tags()
        return result

    def unlink(self):
        ids = self.ids
        result = super().unlink()
        self.env["lottery.tag.link"]._forget(self._name, ids)
        return result

    # === HOOKS === #

    @api.model
    def _get_tag_metrics(self):
        """Figures that rules of automatic tags may use (PF-TAG-02).

        :return: ``{code: (label, SQL of (record id, value))}``; a record without a row
            has no such figure and gets no tag by it. Extend by ``super() | {…}``.
        """
        return {}

    @api.model
    def _get_tag_scope(self, branches):
        """Return the domain of the records that tags of these units are for.

        :param branches: `lottery.branch` records; None for common sets
        """
        if branches is None or self._tag_branch_field not in self._fields:
            return Domain.TRUE
        below, _everything = branches._get_scope(tuple(sorted(branches.ids)))
        return Domain(self._tag_branch_field, "in", below)

    # === TAGGING === #

    def _tag_add(self, tags):
        """Give the tags; of a set with one tag at a time they replace the old one.

        :return: number of tags given to records that did not carry them
        """
        return self._tag_change(tags, self.env["lottery.tag"])

    def _tag_remove(self, tags):
        """Take the tags; their history stays. :return: number of tags taken"""
        return self._tag_change(self.env["lottery.tag"], tags)

    def _tag_change(self, added, removed):
        return self._tag_change_matching(Domain("id", "in", self.ids), added, removed)

    @api.model
    def _tag_change_matching(self, domain, added, removed):
        """Give and take tags on all records of a domain, set-based.

        :raise UserError: names the tag and why it can't be used here.
        :return: number of links made and ended
        """
        model = self.with_context(active_test=False)
        query = model._search(domain)
        self._check_tag_access(domain)
        self._check_tags(added, removed)
        self._check_tag_scope(domain, added)
        self.env["lottery.tag"].flush_model()
        self.env["lottery.tag.set"].flush_model()
        ids = query.select(self._get_res_id_sql())
        # nobody writes links but by these two
        links_sudo = self.env["lottery.tag.link"].sudo()
        count = 0
        if removed:
            count += links_sudo._remove(self._name, removed, ids)
        if added:
            count += links_sudo._add(self._name, added, ids)
        return count

    def _get_res_id_sql(self):
        return SQL("%s AS res_id", SQL.identifier(self._table, "id"))

    def _check_tag_access(self, domain):
        """Tags are written like any field of the record."""
        if self.env.su:
            return
        self.browse().check_access("write")
        rule = self.env["ir.rule"]._compute_domain(self._name, "write")
        if rule.is_true():
            return
        visible = self.with_context(active_test=False)._search(domain)
        # counted as superuser: the rule itself names fields that are closed to some
        models_sudo = self.sudo().with_context(active_test=False)
        forbidden = models_sudo.search(Domain("id", "in", visible) & ~rule, limit=5)
        if forbidden:
            raise self.env["ir.rule"]._make_access_error(
                "write", forbidden.with_env(self.env)
            )

    def _check_tags(self, added, removed):
        if not self.env.su:
            (added | removed).check_access("read")
        today_off = added.filtered(lambda tag: not tag.sudo()._is_usable())
        for tag in (added | removed).sudo():
            if tag.model != self._name:
                raise UserError(
                    self.env._("Tag “%(tag)s” is not for these records.", tag=tag.name)
                )
            if tag.kind != "manual":
                raise UserError(
                    self.env._(
                        "Tag “%(tag)s” is given by its rule, not by hand.",
                        tag=tag.name,
                    )
                )
        if today_off:
            raise UserError(
                self.env._(
                    "Tag “%(tag)s” is stopped or outside its validity.",
                    tag=today_off[0].name,
                )
            )
        self._check_single(added.sudo())

    def _check_single(self, tags):
        for tag_set, of_set in tags.grouped("set_id").items():
            if tag_set.choice == "single" and len(of_set) > 1:
                raise UserError(
                    self.env._(
                        "“%(set)s” allows one tag at a time: choose one of %(tags)s.",
                        set=tag_set.name,
                        tags=", ".join(of_set.mapped("name")),
                    )
                )

    def _check_tag_scope(self, domain, tags):
        """Keep a unit's tags on the records of that unit and of those it granted."""
        for tag_set in tags.sudo().set_id:
            scope = tag_set._get_scope()
            if scope.is_true():
                continue
            models_sudo = self.sudo().with_context(active_test=False)
            visible = self.with_context(active_test=False)._search(domain)
            outside = Domain("id", "in", visible) & ~scope
            if stranger := models_sudo.search(outside, limit=1):
                raise UserError(
                    self.env._(
                        "Set “%(set)s” belongs to %(unit)s; “%(record)s” is of another "
                        "unit.",
                        set=tag_set.name,
                        unit=tag_set.branch_id.name,
                        record=stranger.display_name,
                    )
                )

    def _drop_strange_tags(self):
        """Take the tags of units that the records do not belong to any more."""
        # the tags of the old unit may be out of the user's sight
        records_sudo = self.sudo().with_context(active_test=False)
        links_sudo = self.env["lottery.tag.link"].sudo()
        tags_sudo = records_sudo.lottery_tag_ids.filtered(
            lambda tag: tag.kind == "manual" and tag.branch_id
        )
        for tag_set, tags in tags_sudo.grouped("set_id").items():
            strangers = Domain("id", "in", self.ids) & ~tag_set._get_scope()
            ids = records_sudo._search(strangers).select(self._get_res_id_sql())
            links_sudo._remove(self._name, tags, ids)

    # === VIEWS === #

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Bring tags into every list and search of the model."""
        arch, view = super()._get_view(view_id, view_type, **options)
        if view_type in ("search", "list") and not arch.xpath(
            f"//field[@name='{FIELD}']"
        ):
            if view_type == "search":
                self._add_tag_search(arch)
            else:
                self._add_tag_column(arch)
        return arch, view

    def _add_tag_search(self, arch):
        node = etree.Element("field", name=FIELD)
        known = arch.xpath("./field")
        if known:
            known[-1].addnext(node)
        else:
            arch.insert(0, node)
        groups = arch.xpath("./group")
        group = groups[-1] if groups else etree.SubElement(arch, "group")
        etree.SubElement(
            group,
            "filter",
            name="group_by_lottery_tag",
            string=self.env._("Tag"),
            context=f"{{'group_by': '{FIELD}'}}",
        )
        if panels := arch.xpath("./searchpanel"):
            etree.SubElement(
                panels[0],
                "field",
                name=FIELD,
                select="multi",
                groupby="set_id",
                icon="fa-tags",
            )

    def _add_tag_column(self, arch):
        if arch.tag != "list":
            return
        etree.SubElement(
            arch,
            "field",
            name=FIELD,
            widget="many2many_tags",
            options="{'color_field': 'color'}",
            optional="hide",
        )
