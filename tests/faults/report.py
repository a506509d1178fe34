"""Rows as a file, on the terminal, and as the table of the operator's guides.

python -m tests.faults.report var/faults.json small    # only the documents
"""

import json
import pathlib
import platform
import sys
from dataclasses import asdict

from tests.bench.report import figure, one_line

from .frame import Row

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
DOCUMENTS = {DOCS / "operations.md": "en", DOCS / "zh_CN" / "operations.md": "zh"}
BEGIN, END = "<!-- faults: begin -->\n", "<!-- faults: end -->\n"
HEADER = [
    "fault",
    "goal, s",
    "orders again, s",
    "longest silence, s",
    "whole again, s",
    "failed tries",
    "orders",
    "lost",
    "doubled",
    "reached",
    "load",
]


WORDS = {
    "en": {"end": " after its end", "yes": "yes", "no": "NO"},
    "zh": {"end": "（结束后）", "yes": "是", "no": "否"},
}
HEADER_ZH = [
    "故障",
    "目标（秒）",
    "恢复下单（秒）",
    "最长无单（秒）",
    "恢复完整（秒）",
    "失败次数",
    "订单",
    "丢失",
    "重复",
    "达标",
    "负载",
]
TITLES_ZH = {
    "worker_killed": "杀死一个 Odoo 工作进程",
    "node_killed": "杀死一个 Odoo 节点的全部进程",
    "jobs_killed": "杀死任务节点",
    "job_runner_killed": "杀死任务调度进程",
    "proxy_restarted": "重启 nginx",
    "haproxy_killed": "杀死 HAProxy",
    "clock_ahead": "一个节点的时钟快 5 分钟",
    "ilms_down": "ILMS 停止",
    "sms_down": "短信服务商停止",
    "archive_full": "WAL 归档磁盘写满",
    "filestore_away": "文件存储丢失",
    "latency_300": "数据库增加 300 毫秒延迟",
    "latency_2000": "数据库增加 2 秒延迟",
    "resets": "数据库连接反复被重置",
    "primary_paused": "PostgreSQL 主库被冻结",
    "replica_lost": "备库机器丢失",
    "primary_killed": "杀死 PostgreSQL 主库，备库接管",
    "primary_lost": "PostgreSQL 主库机器丢失，备库接管",
}


def write(rows, checks, options):
    options.report.write_text(
        json.dumps(
            {
                "size": options.size,
                "faults": [asdict(row) for row in rows],
                "checks": checks,
            },
            ensure_ascii=False,
            indent=1,
        )
        + "\n",
        encoding="utf-8",
    )


def cells(row, language):
    words = WORDS[language]
    return [
        TITLES_ZH.get(row.name, row.title) if language == "zh" else row.title,
        figure(row.goal) + ("" if row.counted_from == "start" else words["end"]),
        figure(row.back),
        figure(row.silence),
        figure(row.whole),
        figure(row.failed),
        figure(row.acknowledged),
        figure(row.lost),
        figure(row.doubled),
        words["yes" if row.ok else "no"],
        figure(row.load),
    ]


def line(row):
    """One row while the run goes on."""
    mark = "ok  " if row.ok else "MISS"
    note = f" [{row.note}]" if row.note else ""
    return (
        f"   {mark} orders again after {figure(row.back)} s (goal {figure(row.goal)}), "
        f"silence {figure(row.silence)} s, {row.failed} tries failed, "
        f"{row.acknowledged} orders, {row.lost} lost, {row.doubled} doubled, "
        f"whole after {figure(row.whole)} s{note}"
    )


def document(rows, checks, size):
    """Replace the table of both guides by these rows."""
    good = sum(check["ok"] for check in checks)
    books = f"{good} / {len(checks)}"
    heads = {
        "en": f"Size `{size}`, {platform.machine()}; checks of the books: {books}.",
        "zh": f"规模 `{size}`，{platform.machine()}；账目核对通过：{books}。",
    }
    for path, language in DOCUMENTS.items():
        header = HEADER if language == "en" else HEADER_ZH
        lines = [
            heads[language],
            "",
            "| " + " | ".join(header) + " |",
            "|---|--:|--:|--:|--:|--:|--:|--:|--:|---|--:|",
            *(
                "| " + " | ".join(map(one_line, cells(row, language))) + " |"
                for row in rows
            ),
        ]
        head, rest = path.read_text(encoding="utf-8").split(BEGIN)
        tail = rest.split(END)[1]
        text = head + BEGIN + "\n".join(lines) + "\n" + END + tail
        path.write_text(text, encoding="utf-8")


def load(paths):
    """Return rows and checks of several runs; a fault is taken from the last that has it."""
    by_name, checks = {}, []
    for path in paths:
        found = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
        by_name |= {row["name"]: Row(**row) for row in found["faults"]}
        checks = found["checks"] or checks
    return list(by_name.values()), checks


if __name__ == "__main__":
    document(*load(sys.argv[1:-1]), sys.argv[-1])
