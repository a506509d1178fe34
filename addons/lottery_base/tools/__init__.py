from . import commands, phone, progress, transaction, workbook
