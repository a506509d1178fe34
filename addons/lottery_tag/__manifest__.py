{
    "name": "Lottery Tags",
    "summary": "Tag sets, tags by hand and by rule, statistics",
    "version": "19.0.1.0.0",
    "category": "Lottery",
    "author": "Lottery Suite contributors",
    "license": "AGPL-3",
    "depends": ["lottery_base"],
    "data": [
        "security/ir.model.access.csv",
        "security/lottery_tag_security.xml",
        "data/ir_cron_data.xml",
        "data/queue_job_data.xml",
        "wizard/lottery_tag_apply_views.xml",
        "views/lottery_tag_link_views.xml",
        "views/lottery_tag_views.xml",
        "views/lottery_tag_set_views.xml",
        "views/taggable_views.xml",
        "views/lottery_tag_menus.xml",
    ],
    "assets": {
        "web.assets_backend": ["lottery_tag/static/src/statistics/*"],
    },
}
