def post_init_hook(env):
    """Give the warehouses that were there before to the centre."""
    warehouses = (
        env["stock.warehouse"]
        .with_context(active_test=False)
        .search([("branch_id", "=", False)])
    )
    warehouses.branch_id = env.ref("lottery_base.lottery_branch_centre")
