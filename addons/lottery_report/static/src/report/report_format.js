import {formatFloat, formatInteger} from "@web/views/fields/formatters";

export const NONE = "—";

/** Seconds as hours, minutes and seconds: "1:02:03". */
function formatDuration(value) {
    const seconds = Math.round(Math.abs(value));
    const parts = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map(Math.floor);
    const text = parts.map((part, place) => String(part).padStart(place ? 2 : 1, "0"));
    return `${value < 0 ? "-" : ""}${text.join(":")}`;
}

/** A figure as text; what was not measured is a dash, never a zero. */
export function formatFigure(value, kind) {
    if (value === null || value === undefined) {
        return NONE;
    }
    if (kind === "percent") {
        return `${(value * 100).toFixed(1)}%`;
    }
    if (kind === "duration") {
        return formatDuration(value);
    }
    return kind === "integer"
        ? formatInteger(value)
        : formatFloat(value, {digits: [16, 2]});
}

/** A value of an axis: as figures are, without decimals where it has none. */
export function formatTick(value, kind) {
    const whole = ["money", "float"].includes(kind) && Number.isInteger(value);
    return formatFigure(value, whole ? "integer" : kind);
}

/** Difference of a figure and the one before: {text, share, tone}. */
export function compareFigures(now, before, kind) {
    if ([now, before].some((value) => value === null || value === undefined)) {
        return {text: NONE, share: NONE, tone: ""};
    }
    const change = now - before;
    const sign = change > 0 ? "+" : "";
    return {
        text: sign + formatFigure(change, kind),
        share: before
            ? `${sign}${((change / Math.abs(before)) * 100).toFixed(1)}%`
            : NONE,
        tone: change > 0 ? "lt-report-up" : change < 0 ? "lt-report-down" : "",
    };
}
