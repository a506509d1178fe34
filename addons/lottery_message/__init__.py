from . import clients, controllers, models
