from . import application, controllers, engine, models, tools, wizard
from .hooks import post_init_hook
