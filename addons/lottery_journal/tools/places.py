import os

from odoo.tools import config

from ..engine.archive import directory_from


def get_archive_directory():
    """Return where archives are kept: common to all nodes and the sealer."""
    return directory_from(os.environ, os.path.join(config["data_dir"], "archive"))
