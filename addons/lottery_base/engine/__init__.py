from . import columns, parameter, tabular
