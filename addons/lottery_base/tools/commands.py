"""What a list of x2many commands leads to, known before it is written."""

from odoo.fields import Command


def resolve_commands(records, commands):
    """Return the records a many2many field holds after ``commands``.

    :param records: what it holds now
    :param commands: commands or plain ids, as RPC brings them
    :raise ValueError: a command that makes or changes records
    """
    for command in commands or ():
        if isinstance(command, int):
            records |= records.browse(command)
            continue
        code, record_id, ids = (*command, 0, 0)[:3]
        match code:
            case Command.LINK:
                records |= records.browse(record_id)
            case Command.UNLINK | Command.DELETE:
                records -= records.browse(record_id)
            case Command.CLEAR:
                records = records.browse()
            case Command.SET:
                records = records.browse(ids)
            case _:
                raise ValueError(command)
    return records
