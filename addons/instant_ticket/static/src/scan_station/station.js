import {Component, onMounted, onWillUnmount, useState} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {_t} from "@web/core/l10n/translation";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {ScanField} from "./scan_field";
import {ScanQueue} from "./scan_queue";
import {ScanSound} from "./scan_sound";

/**
 * What scan-out and receiving share: one field, a queue that loses nothing, a colour, a
 * sound and a word for each result.
 */
export class Station extends Component {
    /** Each station brings its own. */
    static template = "";
    static components = {ScanField};
    static props = {...standardActionServiceProps};
    /** Name of the screen in the browser's storage. */
    static storage = "station";

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.sound = new ScanSound();
        this.state = useState({
            tone: "idle",
            word: "",
            message: "",
            check: 0,
            pending: 0,
            offline: false,
            busy: false,
            ...this.initialState(),
        });
        this.queue = new ScanQueue({
            storageKey: this.storageKey("queue"),
            send: (item) => this.sendItem(item),
            onAnswer: (item, answer) => this.onAnswer(item, answer),
            onRefused: (item, error) => this.show("refused", this.errorText(error)),
            onChange: () => {
                this.state.pending = this.queue.pending;
                if (this.queue.offline && !this.state.offline) {
                    // green would be the answer to an older scan
                    this.show(
                        "wait",
                        _t("No connection. Scans are kept and sent later."),
                    );
                }
                this.state.offline = this.queue.offline;
            },
        });
        this.state.pending = this.queue.pending;
        this.onOnline = () => this.queue.flush();
        onMounted(() => browser.addEventListener("online", this.onOnline));
        onWillUnmount(() => {
            browser.removeEventListener("online", this.onOnline);
            this.queue.stop();
            this.sound.close();
        });
    }

    initialState() {
        return {};
    }

    storageKey(name) {
        return `instant_ticket.${this.constructor.storage}.${name}.${user.userId}`;
    }

    errorText(error) {
        return (
            error?.data?.message || error?.message || _t("The server did not answer.")
        );
    }

    /** Colour, sound and word of a result; stays until the next one. */
    show(tone, message, check = 0) {
        const words = {
            ok: _t("Correct"),
            undone: _t("Taken back"),
            refused: _t("Wrong"),
            done: _t("Done"),
            wait: _t("Waiting"),
            idle: "",
        };
        this.state.tone = tone;
        this.state.word = words[tone];
        this.state.message = message || "";
        this.state.check = check;
        if (["ok", "undone", "refused", "done"].includes(tone)) {
            this.sound.play(tone);
        }
    }

    /** Run one call of a button; its refusal is shown like that of a scan. */
    async attempt(callback) {
        if (this.state.busy) {
            return undefined;
        }
        this.state.busy = true;
        try {
            await this.queue.flush();
            return await callback();
        } catch (error) {
            this.show("refused", this.errorText(error));
            return undefined;
        } finally {
            this.state.busy = false;
        }
    }
}
