{
    "name": "Lottery Journal",
    "summary": "Append-only, sealed record of business events",
    "version": "19.0.1.0.0",
    "category": "Lottery",
    "author": "Lottery Suite contributors",
    "license": "AGPL-3",
    "depends": ["lottery_base"],
    "external_dependencies": {"python": ["cryptography"]},
    "data": [
        "security/ir.model.access.csv",
        "security/lottery_journal_security.xml",
        "views/lottery_journal_views.xml",
        "data/ir_cron_data.xml",
    ],
}
