import ast
import zlib

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

RULE_FIELDS = {"rule", "rule_domain", "metric", "sample_domain"}


class LotteryTag(models.Model):
    """The rule of an automatic tag (PF-TAG-02): a condition, a figure, or a rank."""

    _inherit = "lottery.tag"

    rule = fields.Selection(
        [
            ("domain", "Condition"),
            ("metric", "Figure Between Limits"),
            ("quantile", "Rank by Figure"),
        ],
        default="domain",
        required=True,
    )
    rule_domain = fields.Char(string="Condition", default="[]")
    metric = fields.Selection("_selection_metric", string="Figure")
    limits = fields.Selection(
        [
            ("from", "At Least"),
            ("below", "Less Than"),
            ("between", "From … to Below …"),
        ],
        default="from",
        required=True,
    )
    metric_from = fields.Float(string="From", digits=(16, 2))
    metric_to = fields.Float(string="To Below", digits=(16, 2))
    quantile_from = fields.Float(
        string="From (%)",
        default=80,
        help="0 is the lowest figure of the sample, 100 the highest: 80 to 100 is the "
        "top fifth.",
    )
    quantile_to = fields.Float(string="To (%)", default=100)
    sample_domain = fields.Char(
        string="Sample",
        default="[]",
        help="Records whose figures set the limits; the tag is given by these limits "
        "to all records.",
    )
    preview = fields.Char(
        compute="_compute_preview",
        help="Counted with the rule as it stands here, saved or not.",
    )

    _quantile_range = models.Constraint(
        "CHECK(quantile_from >= 0 AND quantile_to <= 100"
        " AND quantile_from < quantile_to)",
        "Rank: from and to lie between 0 and 100, from below to.",
    )
    _limits_order = models.Constraint(
        "CHECK(limits != 'between' OR metric_from < metric_to)",
        "Figure: the lower limit must be below the upper one.",
    )

    @api.model
    def _selection_metric(self):
        """Figures of all taggable models, as ``model:code``."""
        return [
            (f"{model}:{code}", f"{label}: {metric[0]}")
            for model, label in self.env["lottery.tag.set"]._selection_model()
            for code, metric in self.env[model]._get_tag_metrics().items()
        ]

    @api.depends(
        "set_id",
        "rule",
        "rule_domain",
        "metric",
        "limits",
        "metric_from",
        "metric_to",
        "quantile_from",
        "quantile_to",
        "sample_domain",
    )
    def _compute_preview(self):
        for tag in self:
            tag.preview = False
            if tag.kind == "automatic" and tag.model:
                try:
                    with self.env.cr.savepoint(flush=False):
                        count = tag._count_matching()
                except UserError as error:
                    tag.preview = str(error)
                else:
                    tag.preview = self.env._(
                        "%(count)s records match now", count=f"{count:,}"
                    )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        tags = super().create(vals_list)
        tags._check_rule()
        return tags

    def write(self, vals):
        result = super().write(vals)
        if RULE_FIELDS & vals.keys():
            self._check_rule()
        return result

    def _check_rule(self):
        """Refuse what PostgreSQL would refuse at night.

        The domain is compiled as the user (a constraint would run as superuser): nobody
        makes a rule on a field that is closed to them and reads it off the tags.
        """
        for tag in self.filtered(lambda tag: tag.kind == "automatic"):
            tag._check_metric()
            tag._get_matching_sql(self.env[tag.model])

    def _check_metric(self):
        if self.rule == "domain":
            return
        model, _sep, _code = (self.metric or "").partition(":")
        if model != self.model:
            raise ValidationError(
                self.env._(
                    "Tag “%(tag)s”, figure: choose one of “%(model)s”.",
                    tag=self.name,
                    model=self.env["ir.model"].sudo()._get(self.model).name,
                )
            )

    # === SQL === #

    def _count_matching(self):
        """Return how many records the rule as it stands matches, order apart."""
        self._check_metric()
        # fields are checked as the user, records are counted as the cron will
        self._get_matching_sql(self.env[self.model])
        ctes, select = self._get_matching_sql(self.env[self.model].sudo())
        [(count,)] = self.env.execute_query(
            SQL(
                "WITH %s SELECT count(*) FROM (%s) matching",
                _join_ctes({"none": SQL("SELECT 1"), **ctes}),
                select,
            )
        )
        return count

    def _get_matching_sql(self, model):
        """Return what the rule is in SQL.

        :param model: the tagged model, as whoever the fields are checked for
        :return: ``({name: SQL of a common table}, SELECT of ids as res_id)``
        """
        self.ensure_one()
        scope = self.set_id._get_scope()
        if self.rule == "domain":
            domain = self._parse_domain("rule_domain")
            return {}, self._select_ids(model, scope & domain)
        name, figures = self._get_metric_sql(model, scope)
        ctes = {name: figures}
        if self.rule == "metric":
            condition = self._get_limits_sql()
        else:
            sample, query, fractions = self._get_sample_sql(model, scope, name)
            ctes[sample] = query
            condition = self._get_rank_sql(sample, fractions)
        return ctes, SQL(
            "SELECT f.res_id FROM %s f WHERE %s", SQL.identifier(name), condition
        )

    def _parse_domain(self, name):
        """Return the domain typed into a field.

        :raise ValidationError: names the tag and what is wrong.
        """
        text = self[name] or "[]"
        try:
            return Domain(ast.literal_eval(text))
        except (ValueError, SyntaxError, TypeError, MemoryError) as error:
            raise self._get_domain_error(text, error) from error

    def _select_ids(self, model, domain):
        try:
            query = model._search(domain)
            return query.select(SQL("%s AS res_id", SQL.identifier(model._table, "id")))
        except (ValueError, KeyError, TypeError, NotImplementedError) as error:
            raise self._get_domain_error(self.rule_domain, error) from error

    def _get_domain_error(self, text, error):
        return ValidationError(
            self.env._(
                "Tag “%(tag)s”: the condition %(domain)s can't be used: %(reason)s",
                tag=self.name or "",
                domain=text,
                reason=error,
            )
        )

    def _get_metric_sql(self, model, scope):
        """Return name and SELECT of the figures of the set's records."""
        _model, _sep, code = (self.metric or "").partition(":")
        metrics = self.env[self.model].sudo()._get_tag_metrics()
        if code not in metrics:
            raise ValidationError(
                self.env._(
                    "Tag “%(tag)s”: the figure “%(code)s” is not there any more.",
                    tag=self.name or "",
                    code=self.metric or "",
                )
            )
        return f"figure_{code}", SQL(
            """SELECT res_id, value FROM (%s) figure(res_id, value)
                WHERE value IS NOT NULL AND res_id IN (%s)""",
            metrics[code][1],
            self._select_ids(model, scope),
        )

    def _get_limits_sql(self):
        match self.limits:
            case "from":
                return SQL("f.value >= %s", self.metric_from)
            case "below":
                return SQL("f.value < %s", self.metric_to)
        return SQL("f.value >= %s AND f.value < %s", self.metric_from, self.metric_to)

    def _get_sample_sql(self, model, scope, figures):
        """Return name, SELECT and fractions of the limits that a sample sets.

        Tags of the set with the same figure and sample share one sort.
        """
        tags = (self.set_id.tag_ids | self).filtered(
            lambda tag: (
                tag.rule == "quantile"
                and tag.metric == self.metric
                and tag.sample_domain == self.sample_domain
            )
        )
        fractions = sorted({*tags.mapped("quantile_from"), *tags.mapped("quantile_to")})
        domain = self._parse_domain("sample_domain")
        condition = SQL()
        if not domain.is_true():
            ids = self._select_ids(model, scope & domain)
            condition = SQL("WHERE res_id IN (%s)", ids)
        query = SQL(
            """SELECT percentile_cont(%s::float[]) WITHIN GROUP (ORDER BY value) AS q
                 FROM %s %s""",
            [fraction / 100 for fraction in fractions],
            SQL.identifier(figures),
            condition,
        )
        mark = zlib.crc32((self.sample_domain or "").encode())
        return f"sample_{figures}_{mark}", query, fractions

    def _get_rank_sql(self, sample, fractions):
        def limit(fraction):
            position = fractions.index(fraction) + 1
            return SQL("(SELECT q[%s] FROM %s)", position, SQL.identifier(sample))

        low = SQL("f.value >= %s", limit(self.quantile_from))
        if self.quantile_to >= 100:
            return low
        return SQL("%s AND f.value < %s", low, limit(self.quantile_to))


def _join_ctes(ctes):
    return SQL(", ").join(
        SQL("%s AS MATERIALIZED (%s)", SQL.identifier(name), query)
        for name, query in ctes.items()
    )
