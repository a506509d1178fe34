from . import columns, parameter, password, tabular
