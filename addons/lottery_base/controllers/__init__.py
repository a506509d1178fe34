from . import health, lottery_export, lottery_import, password
