from . import columns, tabular
