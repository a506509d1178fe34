{
    "name": "Lottery Base",
    "summary": "Organisation units, roles, isolation, imports, look",
    "version": "19.0.1.0.1",
    "category": "Lottery",
    "author": "Lottery Suite contributors",
    "license": "AGPL-3",
    "depends": ["auth_signup", "mail", "web_hierarchy", "base_user_role", "queue_job"],
    "external_dependencies": {"python": ["openpyxl", "phonenumbers"]},
    "data": [
        "security/lottery_base_groups.xml",
        "security/ir.model.access.csv",
        "data/lottery_branch_data.xml",
        "data/res_users_role_data.xml",
        "security/lottery_branch_security.xml",
        "security/res_partner_security.xml",
        "views/lottery_branch_views.xml",
        "views/lottery_import_views.xml",
        "views/res_users_views.xml",
        "views/res_partner_views.xml",
        "views/lottery_base_menus.xml",
        "views/web_templates.xml",
    ],
    "assets": {
        "web._assets_primary_variables": [
            ("prepend", "lottery_base/static/src/scss/brand.scss"),
            ("prepend", "lottery_base/static/src/scss/tokens.scss"),
        ],
        # Debian leaves this library of video calls out of its package
        "web.assets_backend": [
            ("remove", "mail/static/lib/selfie_segmentation/selfie_segmentation.js"),
            "lottery_base/static/src/progress/*",
        ],
    },
    "post_init_hook": "post_init_hook",
    "application": True,
}
