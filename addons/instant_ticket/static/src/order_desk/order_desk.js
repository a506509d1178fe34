import {
    Component,
    onMounted,
    useEffect,
    useExternalListener,
    useState,
} from "@odoo/owl";
import {ConfirmationDialog} from "@web/core/confirmation_dialog/confirmation_dialog";
import {deserializeDateTime, formatDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {ConnectionLostError} from "@web/core/network/rpc";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {CallerPanel} from "./caller_panel";
import {DeskDraft, makeKey} from "./desk_draft";
import {GameCatalogue} from "./game_catalogue";
import {OutletSearch} from "./outlet_search";
import {PackStepper} from "./pack_stepper";
import {PlacedPanel} from "./placed_panel";

/** Telephone order: from the caller's number to the number of the order (IT-DSK-01). */
export class OrderDesk extends Component {
    static template = "instant_ticket.OrderDesk";
    static components = {
        CallerPanel,
        GameCatalogue,
        OutletSearch,
        PackStepper,
        PlacedPanel,
    };
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.draft = new DeskDraft();
        this.state = useState({...this.emptyCall(), loading: false, fault: ""});
        // Each change is kept at once; a call without an outlet is nothing to keep.
        useEffect(
            (kept) => kept && !this.state.placed && this.draft.save(JSON.parse(kept)),
            () => [this.state.data ? JSON.stringify(this.kept) : ""],
        );
        useExternalListener(window, "keydown", (event) => {
            if (event.key === "Enter" && event.ctrlKey && this.ready) {
                this.submit();
            }
        });
        onMounted(() => this.begin());
    }

    emptyCall() {
        return {
            data: null,
            cart: {},
            note: "",
            identity: {},
            startedAt: 0,
            key: "",
            pending: false,
            busy: false,
            restored: false,
            error: null,
            problems: {},
            placed: null,
        };
    }

    get kept() {
        const {cart, note, identity, startedAt, key, pending, data} = this.state;
        const {id, name} = data.outlet;
        return {cart, note, identity, startedAt, key, pending, outlet: id, name};
    }

    // --- figures on the screen -------------------------------------------------------

    money(amount) {
        return (amount || 0).toLocaleString("zh-CN", {
            minimumFractionDigits: 2,
            maximumFractionDigits: 2,
        });
    }

    time(text) {
        return text
            ? formatDateTime(deserializeDateTime(text), {format: "MM-dd HH:mm"})
            : "";
    }

    get lines() {
        const {data, cart} = this.state;
        return data.games
            .filter((game) => cart[game.id])
            .map((game) => ({game, packs: cart[game.id]}));
    }

    get packs() {
        return this.lines.reduce((sum, line) => sum + line.packs, 0);
    }

    get total() {
        return this.lines.reduce((sum, {game, packs}) => sum + game.price * packs, 0);
    }

    get rest() {
        return this.state.data.money.usable - this.total;
    }

    limit(game) {
        return Math.min(game.left, this.state.data.max_packs);
    }

    get ready() {
        const {data, busy, placed} = this.state;
        return Boolean(data && !placed && !busy && !data.blocker && this.lines.length);
    }

    // --- the call --------------------------------------------------------------------

    async begin() {
        const draft = this.draft.load();
        const wanted = this.props.action.context?.outlet_id;
        if (!draft || (wanted && wanted === draft.outlet)) {
            return wanted ? this.choose(wanted, draft) : undefined;
        }
        if (!wanted) {
            return this.choose(draft.outlet, draft);
        }
        this.dialog.add(ConfirmationDialog, {
            title: _t("Unfinished order"),
            body: _t(
                "An order for %s was begun and not sent. Drop it and order for the outlet chosen now?",
                draft.name,
            ),
            confirmLabel: _t("Drop it"),
            confirm: () => this.choose(wanted),
            cancelLabel: _t("Continue it"),
            cancel: () => this.choose(draft.outlet, draft),
            dismiss: () => this.choose(draft.outlet, draft),
        });
        return undefined;
    }

    /** Open an outlet; with a draft its unfinished order comes back. */
    async choose(outletId, draft = null) {
        this.state.loading = true;
        this.state.fault = "";
        try {
            const data = await this.orm.call("instant.desk", "load_outlet", [outletId]);
            Object.assign(this.state, this.emptyCall(), {startedAt: Date.now()});
            this.state.data = data;
            if (draft) {
                await this.restore(draft);
            }
        } catch (error) {
            this.state.fault = this.errorText(error);
            if (draft && !(error instanceof ConnectionLostError)) {
                this.draft.clear(); // the outlet is no longer the user's
            }
        } finally {
            this.state.loading = false;
        }
    }

    async restore({cart, note, identity, startedAt, key, pending}) {
        const {data} = this.state;
        Object.assign(this.state, {note, identity, startedAt, key, pending});
        for (const game of data.games) {
            const packs = pending
                ? cart[game.id]
                : Math.min(cart[game.id] || 0, this.limit(game));
            if (packs) {
                this.state.cart[game.id] = packs;
            }
        }
        this.state.restored = this.lines.length > 0;
        if (pending) {
            await this.lookForPending();
        }
    }

    /** The line was lost while sending: did the order arrive? */
    async lookForPending() {
        const placed = await this.orm.call("instant.desk", "find_order", [
            this.state.data.outlet.id,
            this.state.key,
        ]);
        if (placed) {
            this.onPlaced(placed);
        } else {
            this.state.pending = false;
            this.state.key = "";
        }
    }

    async next() {
        const {placed} = this.state;
        this.clear();
        if (placed) {
            try {
                await this.orm.silent.call("instant.desk", "end_call", [
                    placed.order_id,
                ]);
            } catch {
                // the end of the call stays the time of the order
            }
        }
    }

    clear() {
        this.draft.clear();
        Object.assign(this.state, this.emptyCall());
    }

    leaveOutlet() {
        if (!this.lines.length) {
            this.clear();
            return;
        }
        this.dialog.add(ConfirmationDialog, {
            title: _t("Drop this order?"),
            body: _t("%s packs were chosen and not sent.", this.packs),
            confirmLabel: _t("Drop it"),
            confirm: () => this.clear(),
            cancel: () => {},
        });
    }

    // --- the cart --------------------------------------------------------------------

    setPacks(gameId, packs) {
        if (this.state.pending || this.state.busy) {
            return;
        }
        if (packs) {
            this.state.cart[gameId] = packs;
        } else {
            delete this.state.cart[gameId];
        }
        delete this.state.problems[gameId];
        this.touched();
    }

    setNote(event) {
        this.state.note = event.target.value;
        this.touched();
    }

    tick(code, right) {
        this.state.identity[code] = right;
        if (this.state.error?.code === "identity") {
            this.state.error = null;
        }
    }

    /** Another order from here on: another key. */
    touched() {
        this.state.key = "";
        this.state.error = null;
    }

    repeat() {
        const {repeat, games} = this.state.data;
        const byId = Object.fromEntries(games.map((game) => [game.id, game]));
        for (const {game, packs} of repeat.lines) {
            const known = byId[game];
            if (known && this.limit(known)) {
                this.setPacks(game, Math.min(packs, this.limit(known)));
                if (packs > this.limit(known)) {
                    this.state.problems[game] = _t("%s ordered last time", packs);
                }
            }
        }
        const missing = repeat.lines.filter(({game}) => !byId[game]).length;
        if (missing) {
            this.state.error = {
                code: "repeat",
                message: _t("%s games of that order are out of stock.", missing),
            };
        }
    }

    // --- sending ---------------------------------------------------------------------

    async submit() {
        if (!this.ready) {
            return;
        }
        const {state} = this;
        Object.assign(state, {busy: true, pending: true, error: null, problems: {}});
        state.key = state.key || makeKey();
        try {
            const answer = await this.orm.silent.call("instant.desk", "place", [], {
                outlet_id: state.data.outlet.id,
                lines: this.lines.map(({game, packs}) => ({game: game.id, packs})),
                key: state.key,
                note: state.note.trim() || null,
                seconds: Math.round((Date.now() - state.startedAt) / 1000),
                identity: Object.keys(state.identity).filter(
                    (code) => state.identity[code],
                ),
            });
            state.pending = false;
            if (answer.ok) {
                this.onPlaced(answer);
            } else {
                this.onRefused(answer);
            }
        } catch (error) {
            this.onFailed(error);
        } finally {
            state.busy = false;
        }
    }

    onPlaced(answer) {
        this.state.placed = answer;
        this.state.pending = false;
        this.draft.clear();
    }

    /** Nothing was held: show the reason beside the line or field it is about. */
    onRefused({code, message, details}) {
        this.state.key = "";
        this.state.error = {code, message};
        for (const {game_id, available} of details.games?.[0]?.game_id
            ? details.games
            : []) {
            const game = this.state.data.games.find(({id}) => id === game_id);
            if (game) {
                game.left = available;
                this.state.problems[game_id] = _t("%s packs left", available);
            }
        }
        if (details.usable !== undefined) {
            this.state.data.money.usable = details.usable;
        }
    }

    onFailed(error) {
        const lost = error instanceof ConnectionLostError;
        // Without an answer the order may have arrived: the cart stays as it is and the
        // same key is sent again. An answer that is an error means nothing was placed.
        this.state.pending = lost;
        this.state.error = {
            code: lost ? "lost" : "error",
            message: lost
                ? _t("No answer. Send it again: it is placed only once.")
                : this.errorText(error),
        };
    }

    errorText(error) {
        return (
            error?.data?.message || error?.message || _t("The server did not answer.")
        );
    }

    openOrder(orderId) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "instant.order",
            res_id: orderId,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("instant_ticket.order_desk", OrderDesk);
