from . import clients, controllers, models, report
