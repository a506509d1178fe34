from . import (
    lottery_export_job,
    lottery_export_producer,
    lottery_report,
    lottery_report_definition,
    lottery_report_drill,
    lottery_report_export,
    lottery_report_favourite,
    lottery_report_figures,
    lottery_report_links,
)
