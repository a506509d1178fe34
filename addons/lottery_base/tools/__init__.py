from . import phone, progress, transaction, workbook
