from . import owner_login, portal
