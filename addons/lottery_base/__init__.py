from . import controllers, engine, models, tools, wizard
from .hooks import post_init_hook
