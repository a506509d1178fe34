import {Component, onMounted, onWillUnmount, useRef, useState} from "@odoo/owl";
import {scanBarcode} from "@web/core/barcode/barcode_dialog";
import {isBarcodeScannerSupported} from "@web/core/barcode/barcode_video_scanner";
import {browser} from "@web/core/browser/browser";

const REFOCUS_MS = 60;

/**
 * The one field of a station. It takes the focus back by itself, reads keyboard-wedge
 * scanners at any speed (Enter or Tab ends a code) and the camera of a phone.
 */
export class ScanField extends Component {
    static template = "instant_ticket.ScanField";
    static props = {
        onCode: Function,
        placeholder: {type: String, optional: true},
    };

    setup() {
        this.input = useRef("input");
        this.cameraSupported = isBarcodeScannerSupported();
        // a phone's keyboard would hide half of the screen; scanners need none
        this.state = useState({keyboard: false});
        this.submitAfterComposition = false;
        this.onKeydown = this.onKeydown.bind(this);
        onMounted(() => {
            this.focus();
            document.addEventListener("keydown", this.onKeydown, true);
        });
        onWillUnmount(() => {
            browser.clearTimeout(this.refocus);
            document.removeEventListener("keydown", this.onKeydown, true);
        });
    }

    focus() {
        this.input.el?.focus({preventScroll: true});
    }

    get dialogIsOpen() {
        return Boolean(document.querySelector(".o_dialog"));
    }

    onBlur() {
        browser.clearTimeout(this.refocus);
        this.refocus = browser.setTimeout(() => {
            const active = document.activeElement;
            // keyboard users may walk to the buttons; only lost focus comes back
            if (!this.dialogIsOpen && (!active || active === document.body)) {
                this.focus();
            }
        }, REFOCUS_MS);
    }

    /** Characters typed anywhere belong to the field: no scan falls beside it. */
    onKeydown(ev) {
        const elsewhere = ev.target !== this.input.el;
        if (
            elsewhere &&
            !this.dialogIsOpen &&
            ev.key.length === 1 &&
            !ev.ctrlKey &&
            !ev.altKey
        ) {
            if (ev.key !== " " || ev.target.tagName !== "BUTTON") {
                this.focus();
            }
        }
    }

    onInputKeydown(ev) {
        if (ev.key !== "Enter" && !(ev.key === "Tab" && this.input.el.value)) {
            return;
        }
        ev.preventDefault();
        if (ev.isComposing) {
            this.submitAfterComposition = true;
        } else {
            this.submit();
        }
    }

    onCompositionEnd() {
        if (this.submitAfterComposition) {
            this.submitAfterComposition = false;
            this.submit();
        }
    }

    submit() {
        const code = this.input.el.value.trim();
        this.input.el.value = "";
        if (code) {
            this.props.onCode(code);
        }
    }

    toggleKeyboard() {
        this.state.keyboard = !this.state.keyboard;
        this.focus();
    }

    /** Read codes with the camera until its dialog is closed. */
    async onCamera() {
        for (;;) {
            try {
                this.props.onCode(await scanBarcode(this.env));
            } catch {
                break; // the dialog has told why
            }
            await new Promise((resolve) => browser.setTimeout(resolve, 800));
        }
    }
}
