from . import phone, transaction, workbook
