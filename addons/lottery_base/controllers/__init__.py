from . import attachment, health, lottery_export, lottery_import, password
