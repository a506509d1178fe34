import {formatFloat, formatInteger} from "@web/views/fields/formatters";

export const NONE = "—";

/** A figure as text; what was not measured is a dash, never a zero. */
export function formatFigure(value, kind) {
    if (value === null || value === undefined) {
        return NONE;
    }
    if (kind === "percent") {
        return `${(value * 100).toFixed(1)}%`;
    }
    return kind === "integer"
        ? formatInteger(value)
        : formatFloat(value, {digits: [16, 2]});
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
