import {Component, onWillStart, useEffect, useRef} from "@odoo/owl";
import {loadBundle} from "@web/core/assets";
import {cookie} from "@web/core/browser/cookie";
import {getColor} from "@web/core/colors/colors";
import {_t} from "@web/core/l10n/translation";
import {formatFigure, formatTick} from "./report_format";

const MAX_BARS = 30;
const MAX_SERIES = 8;
const MIN_CURVE = 3; // values; fewer are lost as dots

function isCurve({values}) {
    return values.filter((value) => value !== null).length >= MIN_CURVE;
}

/** Chart of one measure of a report; a click on a mark opens its records. */
export class ReportChart extends Component {
    static template = "lottery_report.Chart";
    static props = {
        data: Object,
        measure: Object,
        position: Number,
        kind: String,
        open: Function,
    };

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => {
                const chart = new Chart(this.canvas.el, this.config);
                return () => chart.destroy();
            },
            () => [this.props.data, this.props.position, this.props.kind],
        );
    }

    get config() {
        const {labels, series} = this.series;
        const {measure, open} = this.props;
        const pie = this.props.kind === "pie";
        const line =
            this.props.kind === "line" ||
            (this.props.kind === "auto" &&
                this.props.data.parts &&
                series.some(isCurve));
        const colour = (index, count) =>
            getColor(index, cookie.get("color_scheme"), count);
        const datasets = series.map((set, index) => ({
            label: set.label,
            data: set.values,
            spanGaps: true,
            tension: 0.2,
            borderDash: set.before ? [6, 4] : undefined,
            borderColor: colour(index, series.length),
            backgroundColor: pie
                ? labels.map((_label, bar) => colour(bar, labels.length))
                : colour(index, series.length) + (set.before ? "66" : ""),
        }));
        const axis = {
            beginAtZero: true,
            ticks: {callback: (value) => formatTick(value, measure.kind)},
        };
        return {
            type: pie ? "pie" : line ? "line" : "bar",
            data: {labels, datasets},
            options: {
                animation: false,
                maintainAspectRatio: false,
                scales: pie ? {} : {y: axis},
                plugins: {
                    legend: {display: pie || series.length > 1, position: "bottom"},
                    tooltip: {
                        callbacks: {
                            label: (item) =>
                                `${item.dataset.label}: ${formatFigure(item.raw, measure.kind)}`,
                        },
                    },
                },
                onClick: (_event, [mark]) => {
                    const set = mark && series[mark.datasetIndex];
                    const row = set?.rows[mark.index];
                    if (row) {
                        open(row, set.before);
                    }
                },
            },
        };
    }

    /** Labels of the first dimension, one series a value of the second. */
    get series() {
        const {data, position, measure} = this.props;
        const names = data.parts || [...new Set(data.rows.map((row) => row.labels[0]))];
        const labels = names.slice(0, data.parts ? undefined : MAX_BARS);
        const groups = new Map();
        for (const row of data.rows) {
            const name = row.labels[1] ?? measure.label;
            if (!groups.has(name) && groups.size < MAX_SERIES) {
                groups.set(name, new Map());
            }
            groups.get(name)?.set(row.labels[0], row);
        }
        const series = [];
        for (const [label, rows] of groups) {
            const found = labels.map((name) => rows.get(name));
            series.push({
                label,
                rows: found,
                values: found.map((row) => row?.now[position] ?? null),
            });
            if (data.compared && groups.size === 1) {
                series.push({
                    label: _t("Before"),
                    rows: found,
                    before: true,
                    values: found.map((row) => row?.before[position] ?? null),
                });
            }
        }
        return {labels, series};
    }
}
