from . import commands, metrics, phone, progress, transaction, workbook
