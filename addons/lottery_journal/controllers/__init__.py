from . import menu_usage, rpc
