from . import owner_change, owner_login, owner_notice, portal
