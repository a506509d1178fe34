"""What a new database of a Chinese lottery authority needs before anybody logs in."""

LANG = "zh_CN"
TIMEZONE = "Asia/Shanghai"
UNNAMED = "My Company"  # what Odoo calls a company before anybody did


def post_init_hook(env):
    """Set currency, country, language and time zone of the main company.

    Runs once, at installation; everything it sets can be changed afterwards.
    """
    _activate_language(env)
    _set_up_company(env)
    _set_defaults(env)


def _activate_language(env):
    if LANG not in dict(env["res.lang"].get_installed()):
        lang = (
            env["res.lang"]
            .with_context(active_test=False)
            .search([("code", "=", LANG)], limit=1)
        )
        env["base.language.install"].create({"lang_ids": lang.ids}).lang_install()


def _set_up_company(env):
    company = env.ref("base.main_company")
    currency = env.ref("base.CNY")
    currency.active = True
    values = {"country_id": env.ref("base.cn").id}
    if company.name == UNNAMED:
        values["name"] = env.ref("lottery_base.lottery_branch_centre").name
    if company.currency_id != currency:
        values["currency_id"] = currency.id
    company.write(values)
    company.partner_id.write({"lang": LANG, "tz": TIMEZONE})


def _set_defaults(env):
    env["ir.default"].set("res.partner", "lang", LANG)
    env["ir.default"].set("res.partner", "tz", TIMEZONE)
    env["ir.default"].set("res.partner", "country_id", env.ref("base.cn").id)
    # accounts are given, nobody opens one on the login page
    env["ir.config_parameter"].set_param("auth_signup.invitation_scope", "b2b")
    users = env["res.users"].with_context(active_test=False).search([])
    users.partner_id.write({"lang": LANG, "tz": TIMEZONE})
