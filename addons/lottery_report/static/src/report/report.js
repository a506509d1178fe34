import {Component, onWillStart, useState} from "@odoo/owl";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {_t} from "@web/core/l10n/translation";
import {RecordSelector} from "@web/core/record_selectors/record_selector";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {KeepLast} from "@web/core/utils/concurrency";
import {redirect} from "@web/core/utils/urls";
import {Layout} from "@web/search/layout";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {ReportChart} from "./report_chart";
import {compareFigures, formatFigure} from "./report_format";

const CHARTS = [
    ["auto", "fa-magic", _t("Fitting Chart")],
    ["bar", "fa-bar-chart", _t("Bars")],
    ["line", "fa-line-chart", _t("Lines")],
    ["pie", "fa-pie-chart", _t("Pie")],
];

/** The one screen of all reports (PF-RPT-01). */
export class Report extends Component {
    static template = "lottery_report.Report";
    static components = {Dropdown, DropdownItem, Layout, RecordSelector, ReportChart};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        const {params, context} = this.props.action;
        this.model = params?.report || context.report;
        this.last = new KeepLast();
        this.charts = CHARTS;
        this.state = useState({
            setup: null,
            options: this.props.state?.options,
            data: null,
            loading: true,
            error: "",
            charted: 0,
            settings: false,
            favourite: "",
        });
        onWillStart(async () => {
            this.state.setup = await this.call("get_setup");
            this.state.options ||= this.state.setup.options;
            await this.load();
        });
    }

    call(method, ...args) {
        return this.orm.call(this.model, method, args);
    }

    async load() {
        this.state.loading = true;
        this.state.error = "";
        try {
            this.state.data = await this.last.add(
                this.orm.silent.call(this.model, "get_report", [this.state.options]),
            );
        } catch (error) {
            this.state.error = error.data?.message || String(error);
        }
        this.state.loading = false;
    }

    set(values) {
        Object.assign(this.state.options, values);
        return this.load();
    }

    // === PERIOD === //

    get kinds() {
        return [...this.state.setup.units, ["custom", _t("Days …")]];
    }

    setKind(kind) {
        const [first, last] = this.state.data?.period || [];
        this.set({
            period:
                kind === "custom" ? {kind, first, last} : {kind, count: 1, offset: 0},
        });
    }

    setPeriod(values) {
        const period = {...this.state.options.period, ...values};
        if (period.kind === "custom" && !(period.first && period.last)) {
            this.state.options.period = period;
            return;
        }
        this.set({period});
    }

    step(units) {
        const {offset = 0, count = 1} = this.state.options.period;
        this.setPeriod({offset: offset + units * count});
    }

    range([first, last]) {
        return first === last ? first : `${first} – ${last}`;
    }

    // === CHOICES === //

    setDimension(position, code) {
        const dimensions = [...this.state.options.dimensions];
        if (code) {
            dimensions[position] = code;
        } else {
            dimensions.splice(position, 1);
        }
        this.set({dimensions: [...new Set(dimensions)], sort: false});
    }

    get hasDate() {
        const dates = this.state.setup.dimensions.filter((dimension) => dimension.date);
        return dates.some(({code}) => this.state.options.dimensions.includes(code));
    }

    toggleMeasure(code) {
        const chosen = this.state.options.measures;
        const measures = this.state.setup.measures
            .map((measure) => measure.code)
            .filter((known) => (known === code) !== chosen.includes(known));
        if (measures.length) {
            this.state.charted = 0;
            this.set({measures});
        }
    }

    get measures() {
        const byCode = Object.fromEntries(
            this.state.setup.measures.map((measure) => [measure.code, measure]),
        );
        return this.state.data.options.measures.map((code) => byCode[code]);
    }

    get charted() {
        return Math.min(this.state.charted, this.measures.length - 1);
    }

    sortBy(code) {
        const [sorted, descending] = this.state.options.sort || [];
        const isMeasure = this.state.options.measures.includes(code);
        this.set({sort: [code, sorted === code ? !descending : isMeasure]});
    }

    sortIcon(code) {
        const [sorted, descending] = this.state.options.sort || [];
        return sorted === code ? `fa fa-sort-${descending ? "desc" : "asc"}` : "";
    }

    // === FIGURES === //

    figure(row, position, before = false) {
        const {kind} = this.measures[position];
        return formatFigure((before ? row.before : row.now)?.[position], kind);
    }

    change(row, position) {
        const {kind} = this.measures[position];
        return compareFigures(row.now[position], row.before?.[position], kind);
    }

    async open(row, before = false) {
        const {options} = this.state.data;
        const action = await this.call("open_records", options, row.key || [], before);
        this.action.doAction(action);
    }

    // === OUT === //

    async export(detail) {
        const {url, waiting} = await this.call(
            "start_export",
            this.state.options,
            detail,
        );
        if (waiting) {
            this.notification.add(
                _t("The file is being made. You can go on; a message tells you when."),
                {type: "info"},
            );
        } else {
            redirect(url);
        }
    }

    async print() {
        await this.call("start_print", this.state.options);
        window.print();
    }

    // === FAVOURITES === //

    useFavourite(favourite) {
        this.set({...favourite.options});
    }

    async saveFavourite(isDefault) {
        const name = this.state.favourite.trim();
        if (!name) {
            return;
        }
        const same = this.state.setup.favourites.find((known) => known.name === name);
        const values = {options: {...this.state.options}, is_default: isDefault};
        if (same) {
            await this.orm.write("lottery.report.favourite", [same.id], values);
        } else {
            await this.orm.create("lottery.report.favourite", [
                {...values, name, report: this.model},
            ]);
        }
        this.state.favourite = "";
        await this.loadFavourites();
    }

    async dropFavourite(favourite) {
        await this.orm.unlink("lottery.report.favourite", [favourite.id]);
        await this.loadFavourites();
    }

    async loadFavourites() {
        const {favourites} = await this.call("get_setup");
        this.state.setup.favourites = favourites;
    }
}

registry.category("actions").add("lottery_report", Report);
