{
    "name": "Lottery Reports",
    "summary": "Frame of all reports; long exports with progress",
    "version": "19.0.1.0.0",
    "category": "Lottery",
    "author": "Lottery Suite contributors",
    "license": "AGPL-3",
    "depends": ["lottery_base", "queue_job"],
    "external_dependencies": {"python": ["xlsxwriter"]},
    "data": [
        "security/ir.model.access.csv",
        "security/lottery_report_security.xml",
        "data/queue_job_data.xml",
        "views/lottery_report_definition_views.xml",
        "views/lottery_export_job_views.xml",
        "views/lottery_report_menus.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "lottery_report/static/src/export/*",
            "lottery_report/static/src/report/*",
        ],
    },
    "application": True,
}
