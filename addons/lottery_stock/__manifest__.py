{
    "name": "Lottery Stock",
    "summary": "Units on warehouses and on every stock document",
    "version": "19.0.1.0.0",
    "category": "Lottery",
    "author": "Lottery Suite contributors",
    "license": "AGPL-3",
    "depends": ["lottery_base", "stock_picking_batch"],
    "data": [
        "security/lottery_stock_groups.xml",
        "security/lottery_stock_security.xml",
        "views/stock_warehouse_views.xml",
        "views/stock_picking_views.xml",
    ],
    "post_init_hook": "post_init_hook",
}
