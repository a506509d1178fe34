import {Component, onWillStart, useEffect, useRef} from "@odoo/owl";
import {loadBundle} from "@web/core/assets";
import {formatFloat, formatInteger} from "@web/views/fields/formatters";

const COLOURS = [
    "#0a57a4",
    "#c8102e",
    "#f5b63f",
    "#176b45",
    "#7e2fb8",
    "#0e7490",
    "#c2410c",
    "#565d6b",
];
const GRID = "rgba(86, 93, 107, 0.15)";

/** A chart of the home page; a click on a point opens its records. */
export class HomeChart extends Component {
    static template = "lottery_workbench.HomeChart";
    static props = {chart: Object, onOpen: Function};

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => {
                if (!this.canvas.el) {
                    return;
                }
                const drawn = new Chart(this.canvas.el, this.config);
                return () => drawn.destroy();
            },
            () => [this.props.chart],
        );
    }

    get points() {
        return this.props.chart.points;
    }

    get measured() {
        return this.points.some((point) => point.value);
    }

    get total() {
        const total = this.points.reduce((sum, point) => sum + point.value, 0);
        return Number.isInteger(total) ? formatInteger(total) : formatFloat(total);
    }

    /** What a screen reader gets of the drawing. */
    get summary() {
        return this.points.map(({label, value}) => `${label}: ${value}`).join("; ");
    }

    get config() {
        const {kind} = this.props.chart;
        const round = kind === "doughnut";
        return {
            type: kind,
            data: {
                labels: this.points.map((point) => point.label),
                datasets: [
                    {
                        data: this.points.map((point) => point.value),
                        backgroundColor: round ? COLOURS : COLOURS[0],
                        borderColor: round ? "#ffffff" : COLOURS[0],
                        borderRadius: round ? 0 : 3,
                        borderWidth: kind === "bar" ? 0 : 2,
                        maxBarThickness: 40,
                        tension: 0.25,
                    },
                ],
            },
            options: {
                animation: false,
                responsive: true,
                maintainAspectRatio: false,
                onClick: (_event, [hit]) => {
                    if (hit) {
                        this.props.onOpen(this.points[hit.index].key);
                    }
                },
                onHover: (event, hits) => {
                    event.native.target.style.cursor = hits.length ? "pointer" : "";
                },
                plugins: {
                    legend: {display: round, position: "right"},
                    tooltip: {displayColors: false},
                },
                scales: round
                    ? {}
                    : {
                          x: {
                              grid: {display: false},
                              ticks: {maxRotation: 0, autoSkip: true},
                          },
                          y: {
                              beginAtZero: true,
                              border: {display: false},
                              grid: {color: GRID},
                              ticks: {precision: 0, maxTicksLimit: 5},
                          },
                      },
            },
        };
    }
}
