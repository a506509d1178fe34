{
    "name": "Lottery Access",
    "summary": "Menus, operations and records a role may use; sharing; explanations",
    "version": "19.0.1.0.0",
    "category": "Lottery",
    "author": "Lottery Suite contributors",
    "license": "AGPL-3",
    "depends": ["lottery_base", "lottery_journal"],
    "data": [
        "security/lottery_access_groups.xml",
        "security/ir.model.access.csv",
        "security/lottery_access_security.xml",
        "views/explanation_templates.xml",
        "views/lottery_access_operation_views.xml",
        "views/lottery_access_object_views.xml",
        "views/lottery_access_share_views.xml",
        "views/lottery_access_share_wizard_views.xml",
        "views/lottery_access_explain_views.xml",
        "views/res_users_role_views.xml",
        "views/lottery_access_menus.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "lottery_access/static/src/right/*",
            "lottery_access/static/src/export/*",
            "lottery_access/static/src/explanation/*",
        ],
    },
}
