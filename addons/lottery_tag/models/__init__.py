from . import (
    ir_actions,
    lottery_tag,
    lottery_tag_link,
    lottery_tag_mixin,
    lottery_tag_rule,
    lottery_tag_set,
    lottery_tag_set_retag,
    lottery_tag_set_statistics,
    res_users,
    taggable,
)
