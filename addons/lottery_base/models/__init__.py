# Whoever extends a model comes after it.
from . import image_mixin, lottery_photo_mixin, lottery_upload_mixin

# isort: split
from . import (
    export_right,
    ir_actions_report,
    ir_attachment,
    ir_binary,
    ir_http,
    ir_rule,
    lottery_branch,
    lottery_branch_mixin,
    lottery_health,
    lottery_health_backup,
    lottery_import_mixin,
    lottery_import_mixin_export,
    lottery_metrics,
    lottery_parameter,
    lottery_parameter_change,
    lottery_parameter_value,
    lottery_state_mixin,
    lottery_team,
    lottery_user_change,
    mail_thread,
    res_groups,
    res_partner,
    res_users,
    res_users_guard,
    res_users_history,
    res_users_password,
    res_users_people,
    res_users_role,
    res_users_role_switch,
)

# isort: split
from . import ir_attachment_store, lottery_health_files
