{
    "name": "Lottery Workbench",
    "summary": "Home page per role, announcements, feedback, consultation tickets",
    "version": "19.0.1.1.0",
    "category": "Lottery",
    "author": "Lottery Suite contributors",
    "license": "AGPL-3",
    "depends": [
        "lottery_base",
        "lottery_message",
        "lottery_approval",
        "lottery_tag",
        "calendar",
    ],
    "data": [
        "security/ir.model.access.csv",
        "security/lottery_announcement_security.xml",
        "security/lottery_workbench_security.xml",
        "data/lottery_workbench_data.xml",
        "data/lottery_notification_template_data.xml",
        "views/lottery_announcement_views.xml",
        "views/lottery_feedback_views.xml",
        "views/lottery_consultation_views.xml",
        "views/lottery_home_views.xml",
        "views/lottery_workbench_menus.xml",
        "data/lottery_home_layout_data.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "lottery_workbench/static/src/**/*",
        ],
    },
    "application": True,
}
