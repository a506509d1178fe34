from . import columns, parameter, password, photo, tabular, upload
