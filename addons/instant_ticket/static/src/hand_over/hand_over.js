import {onMounted, onWillUnmount, useEffect, useRef} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {
    deserializeDateTime,
    formatDateTime,
    serializeDateTime,
} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {SignatureDialog} from "@web/core/signature/signature_dialog";
import {useService} from "@web/core/utils/hooks";
import {Station} from "../scan_station/station";
import {PhotoButton} from "./photo_button";

const {DateTime} = luxon;
const POLL_MS = 1500;
const PLACE_MS = 4000;

const EMPTY = {
    code: "",
    receiver: "",
    photo: "",
    signature: "",
    reason: "",
    note: "",
    again: "",
    carrier: "",
    why: "",
};

/** Hand-over of parcels: against the pick-up code, without success, back to stock. */
export class HandOver extends Station {
    static template = "instant_ticket.HandOver";
    static components = {...Station.components, PhotoButton};
    static storage = "hand_over";

    setup() {
        super.setup();
        this.dialog = useService("dialog");
        this.place = null;
        this.result = useRef("result");
        this.root = useRef("root");
        useEffect(
            () => {
                this.root.el.scrollTo(0, 0);
            },
            () => [this.state.mode],
        );
        // on a phone the word may be above what is seen
        useEffect(
            () => {
                this.result.el?.scrollIntoView({block: "center"});
            },
            () => [this.state.tone, this.state.message],
        );
        onMounted(() => this.start());
        onWillUnmount(() => browser.clearTimeout(this.poll));
    }

    initialState() {
        return {
            parcel: null,
            mode: "find",
            form: {...EMPTY},
            reasons: [],
            carriers: [],
        };
    }

    async start() {
        this.locate();
        // not as an attempt: a scan that comes meanwhile is taken
        this.loadChoices();
        const {order_name: name} = this.props.action.params || {};
        if (name) {
            await this.find(name);
        }
    }

    async loadChoices() {
        const {reasons, carriers} = await this.call("handover_choices", []);
        Object.assign(this.state, {reasons, carriers});
    }

    /** Where the phone is, when it says so in time; the hand-over does not wait. */
    locate() {
        browser.navigator.geolocation?.getCurrentPosition(
            ({coords}) => {
                this.place = [coords.latitude, coords.longitude];
            },
            () => {},
            {timeout: PLACE_MS, maximumAge: 60000},
        );
    }

    call(method, args) {
        return this.orm.call("instant.order", method, args);
    }

    // --- figures on the screen -------------------------------------------------------

    get parcel() {
        return this.state.parcel;
    }

    get form() {
        return this.state.form;
    }

    formatTime(text) {
        return text
            ? formatDateTime(deserializeDateTime(text), {format: "MM-dd HH:mm"})
            : "";
    }

    get late() {
        const {deadline} = this.parcel;
        return Boolean(deadline) && deserializeDateTime(deadline) < DateTime.now();
    }

    get phoneLink() {
        return `tel:${this.parcel.outlet.phone}`;
    }

    get codeIsWhole() {
        return this.form.code.replace(/\s/g, "").length === 6;
    }

    // --- finding ---------------------------------------------------------------------

    /** A scan: a parcel to find, or a pack that comes back. */
    onCode(code) {
        if (this.state.mode === "return") {
            this.queue.push({order: this.parcel.id, code});
        } else {
            this.find(code);
        }
    }

    async find(code) {
        await this.attempt(async () => {
            this.show("wait", code);
            this.showParcel(await this.call("handover_find", [code]));
            this.show("idle");
        });
    }

    showParcel(parcel) {
        this.state.parcel = parcel;
        browser.clearTimeout(this.poll);
        if (parcel.return_state) {
            this.state.mode = "return";
            if (parcel.return_state === "asked") {
                this.poll = browser.setTimeout(() => this.reload(), POLL_MS);
            }
        } else {
            this.state.mode = "deliver";
        }
    }

    async reload() {
        await this.attempt(async () => {
            const parcel = await this.call("handover_load", [[this.parcel.id]]);
            if (parcel.return_state === "back") {
                this.show("done", _t("Back in stock; the money is given back."));
            }
            this.showParcel(parcel);
        });
    }

    next() {
        browser.clearTimeout(this.poll);
        Object.assign(this.state, {parcel: null, mode: "find", form: {...EMPTY}});
        this.show("idle");
    }

    // --- handing over ----------------------------------------------------------------

    sign() {
        this.dialog.add(SignatureDialog, {
            // without a name there is no typed signature, only a drawn one
            nameAndSignatureProps: {mode: "draw", noInputName: true},
            uploadSignature: ({signatureImage}) => {
                this.form.signature = signatureImage;
            },
        });
    }

    onPhoto(photo) {
        this.form.photo = photo;
    }

    async deliver() {
        await this.attempt(async () => {
            const {code, photo, signature, receiver} = this.form;
            const answer = await this.call("action_deliver", [
                [this.parcel.id],
                code,
                photo || false,
                signature || false,
                receiver,
                this.place || false,
            ]);
            this.state.parcel = answer.parcel;
            if (answer.ok) {
                this.finish(answer.message);
            } else {
                this.form.code = "";
                this.show("refused", answer.message);
            }
        });
    }

    /** Back to the scan field, with the word about the parcel still to be read. */
    finish(message) {
        const {name} = this.parcel;
        this.next();
        this.show("done", `${name} · ${message}`);
    }

    // --- without success -------------------------------------------------------------

    openFail() {
        this.form.again = DateTime.now()
            .plus({days: 1})
            .set({hour: 10, minute: 0})
            .toFormat("yyyy-MM-dd'T'HH:mm");
        this.state.mode = "fail";
        this.show("idle");
    }

    openReturn() {
        this.state.mode = "why";
        this.show("idle");
    }

    back() {
        this.state.mode = "deliver";
        this.show("idle");
    }

    async fail() {
        await this.attempt(async () => {
            const {reason, photo, note, again, carrier} = this.form;
            const again_at =
                again && !this.parcel.last_visit
                    ? serializeDateTime(DateTime.fromISO(again))
                    : false;
            const answer = await this.call("action_deliver_failed", [
                [this.parcel.id],
                reason,
                photo || false,
                note,
                again_at,
                Number(carrier) || false,
                this.place || false,
            ]);
            this.state.parcel = answer.parcel;
            this.finish(answer.message);
        });
    }

    // --- back to stock ---------------------------------------------------------------

    async sendBack() {
        await this.attempt(async () => {
            this.showParcel(
                await this.call("action_return_to_stock", [
                    [this.parcel.id],
                    this.form.why,
                ]),
            );
            this.show("undone", _t("The parcel comes back to stock."));
        });
    }

    sendItem({order, code, key}) {
        return this.orm.silent.call("instant.order", "return_scan", [
            [order],
            code,
            key,
        ]);
    }

    onAnswer(item, answer) {
        if (this.parcel?.id === item.order) {
            this.state.parcel = answer.parcel;
        }
        this.show(answer.result, answer.message, answer.check);
    }

    async putBack() {
        await this.attempt(async () => {
            this.showParcel(await this.call("action_put_back", [[this.parcel.id]]));
            this.show("wait", _t("ILMS is asked to take the order back."));
        });
    }

    async leave() {
        await this.action.doAction("instant_ticket.instant_order_action_delivery", {
            clearBreadcrumbs: true,
        });
    }
}

registry.category("actions").add("instant_ticket.hand_over", HandOver);
