from . import lottery_tag_apply
