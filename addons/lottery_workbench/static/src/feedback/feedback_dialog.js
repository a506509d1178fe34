import {Component, onWillStart, useExternalListener, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {Dialog} from "@web/core/dialog/dialog";
import {useAutofocus, useService} from "@web/core/utils/hooks";
import {pictureOfFile} from "./page_picture";

const KINDS = [
    ["fault", _t("Fault")],
    ["wish", _t("Wish")],
    ["question", _t("Question")],
    ["praise", _t("Praise")],
];

/** A word about the page one was on, with its picture (PF-WRK-01). */
export class FeedbackDialog extends Component {
    static template = "lottery_workbench.FeedbackDialog";
    static components = {Dialog};
    static props = {
        close: Function,
        picture: Promise,
        url: String,
        menuName: String,
    };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.kinds = KINDS;
        useAutofocus({refName: "text"});
        useExternalListener(window, "paste", (event) => this.onPaste(event));
        this.state = useState({
            kind: "fault",
            text: "",
            picture: "",
            drawing: true,
            failed: false,
            sending: false,
            error: "",
        });
        onWillStart(() => {
            this.props.picture.then(
                (picture) => this.state.drawing && this.keep(picture),
                () => Object.assign(this.state, {drawing: false, failed: true}),
            );
        });
    }

    keep(picture) {
        Object.assign(this.state, {picture, drawing: false, failed: false});
    }

    dropPicture() {
        Object.assign(this.state, {picture: "", drawing: false});
    }

    async useFile(file) {
        if (!file?.type.startsWith("image/")) {
            return;
        }
        try {
            this.keep(await pictureOfFile(file));
        } catch {
            this.state.error = _t("This picture cannot be read.");
        }
    }

    onPaste(event) {
        const item = [...(event.clipboardData?.items || [])].find((one) =>
            one.type.startsWith("image/"),
        );
        if (item) {
            this.useFile(item.getAsFile());
        }
    }

    onChoose(event) {
        this.useFile(event.target.files[0]);
        event.target.value = "";
    }

    async send() {
        if (!this.state.text.trim()) {
            this.state.error = _t("Say in a few words what it is about.");
            return;
        }
        Object.assign(this.state, {sending: true, error: ""});
        try {
            const {name} = await this.orm.call("lottery.feedback", "send", [], {
                text: this.state.text,
                kind: this.state.kind,
                url: this.props.url,
                menu_name: this.props.menuName,
                picture: this.state.picture.split(",")[1] || null,
            });
            this.notification.add(_t("Feedback %s was sent. Thank you.", name), {
                type: "success",
            });
            this.props.close();
        } catch (error) {
            // what was typed stays
            this.state.error =
                error.data?.message || _t("It was not sent. Try again in a moment.");
        } finally {
            this.state.sending = false;
        }
    }
}
