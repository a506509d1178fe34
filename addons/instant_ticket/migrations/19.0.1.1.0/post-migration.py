def migrate(cr, version):
    """Orders of before get the hour they were placed in."""
    cr.execute(
        """
        UPDATE instant_order
           SET submitted_hour = extract(
                   hour FROM submitted_at AT TIME ZONE 'UTC' AT TIME ZONE 'Asia/Shanghai')
         WHERE submitted_at IS NOT NULL AND submitted_hour IS NULL
        """
    )
