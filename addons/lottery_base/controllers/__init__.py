from . import health, lottery_import, password
