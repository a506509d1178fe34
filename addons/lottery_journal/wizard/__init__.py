from . import lottery_log_archive_reader
