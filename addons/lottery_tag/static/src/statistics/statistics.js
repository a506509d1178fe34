import {Component, onWillStart, useEffect, useRef, useState} from "@odoo/owl";
import {loadBundle} from "@web/core/assets";
import {deserializeDateTime, formatDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {Layout} from "@web/search/layout";
import {formatInteger} from "@web/views/fields/formatters";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";

const PERIODS = [4, 12, 26, 52];
/** $o-colors: a tag has the colour of its badge. */
const COLOURS = [
    "#a2a2a2",
    "#ee2d2d",
    "#dc8534",
    "#e8bb1d",
    "#5794dd",
    "#9f628f",
    "#db8865",
    "#41a9a2",
    "#304be0",
    "#ee2f8a",
    "#61c36e",
    "#9872e6",
];

/** Figures of a tag set: records per tag, their trend, who tagged (PF-TAG-03). */
export class TagStatistics extends Component {
    static template = "lottery_tag.Statistics";
    static components = {Layout};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.periods = PERIODS;
        this.setId =
            this.props.action.params?.set_id || this.props.action.context.active_id;
        this.state = useState({weeks: 12, data: null});
        this.counts = useRef("counts");
        this.trend = useRef("trend");
        this.charts = [];
        onWillStart(() => Promise.all([loadBundle("web.chartjs_lib"), this.load()]));
        useEffect(
            () => {
                this.drawCounts();
                this.drawTrend();
                return () => this.charts.splice(0).forEach((chart) => chart.destroy());
            },
            () => [this.state.data],
        );
    }

    async load() {
        this.state.data = await this.orm.call("lottery.tag.set", "get_statistics", [
            [this.setId],
            this.state.weeks,
        ]);
    }

    setWeeks(weeks) {
        this.state.weeks = weeks;
        return this.load();
    }

    get scope() {
        const {model_name, unit, kind} = this.state.data;
        return [model_name, unit, kind === "automatic" ? _t("By Rule") : _t("By Hand")];
    }

    get retaggedAt() {
        const at = this.state.data.retagged_at;
        return at && formatDateTime(deserializeDateTime(at));
    }

    number(value) {
        return formatInteger(value);
    }

    share(tag) {
        const {total} = this.state.data;
        return total ? `${((tag.now / total) * 100).toFixed(1)}%` : "—";
    }

    time(value) {
        return formatDateTime(deserializeDateTime(value));
    }

    colour(tag) {
        return COLOURS[tag.color % COLOURS.length];
    }

    drawCounts() {
        const tags = this.state.data.tags.filter((tag) => tag.active);
        this.draw(this.counts, {
            type: "bar",
            data: {
                labels: tags.map((tag) => tag.name),
                datasets: [
                    {
                        label: _t("Records Now"),
                        data: tags.map((tag) => tag.now),
                        backgroundColor: tags.map((tag) => this.colour(tag)),
                    },
                ],
            },
            options: {
                indexAxis: "y",
                plugins: {legend: {display: false}},
                scales: {x: {beginAtZero: true, ticks: {precision: 0}}},
                onClick: (_event, [bar]) => bar && this.openRecords(tags[bar.index]),
            },
        });
    }

    drawTrend() {
        const {tags, weeks} = this.state.data;
        this.draw(this.trend, {
            type: "line",
            data: {
                labels: weeks,
                datasets: tags
                    .filter((tag) => tag.active)
                    .map((tag) => ({
                        label: tag.name,
                        data: tag.trend,
                        borderColor: this.colour(tag),
                        backgroundColor: this.colour(tag),
                        tension: 0.2,
                    })),
            },
            options: {
                plugins: {legend: {position: "bottom"}},
                scales: {y: {beginAtZero: true, ticks: {precision: 0}}},
            },
        });
    }

    draw({el}, config) {
        if (el) {
            config.options.maintainAspectRatio = false;
            config.options.animation = false;
            this.charts.push(new Chart(el, config));
        }
    }

    async openRecords(tag) {
        this.action.doAction(
            await this.orm.call("lottery.tag", "action_open_records", [[tag.id]]),
        );
    }

    async openLinks(domain) {
        this.action.doAction(
            await this.orm.call("lottery.tag.set", "action_open_links", [
                [this.setId],
                domain,
            ]),
        );
    }

    openChange(tag, field) {
        return this.openLinks([
            ["tag_id", "=", tag.id],
            [field, ">=", this.state.data.since],
        ]);
    }

    openPerson(person) {
        return this.openLinks([
            ["user_id", "=", person.id],
            ["tagged_at", ">=", this.state.data.since],
        ]);
    }
}

registry.category("actions").add("lottery_tag_statistics", TagStatistics);
