"""Names that several files share."""

OPERATIONS = ("read", "write", "create", "unlink")
RIGHTS = (*OPERATIONS, "export", "approve", "share")

SUITE_CATEGORY = "lottery_base.module_category_lottery"
ADMINISTRATOR = "lottery_base.group_admin"
UNIT_ADMINISTRATOR = "lottery_base.group_branch_admin"
SHARER = "lottery_access.group_share"
EXPORTER = "base.group_allow_export"
BRANCH = "lottery.branch"

# What only these have cannot be given by configuration: it is theirs alone.
RESERVED_GROUPS = (ADMINISTRATOR, "lottery_base.group_integrator")
