{
    "name": "Lottery Reconciliation",
    "summary": "Monthly comparison with the central systems, kind by kind",
    "version": "19.0.1.0.0",
    "category": "Lottery",
    "author": "Lottery Suite contributors",
    "license": "AGPL-3",
    "depends": ["lottery_base", "lottery_journal", "lottery_message", "resource"],
    "data": [
        "security/ir.model.access.csv",
        "security/lottery_reconcile_security.xml",
        "data/lottery_reconcile_data.xml",
        "report/lottery_reconcile_reports.xml",
        "views/lottery_reconcile_month_views.xml",
        "views/lottery_reconcile_difference_views.xml",
        "views/lottery_reconcile_menus.xml",
    ],
    "application": True,
}
