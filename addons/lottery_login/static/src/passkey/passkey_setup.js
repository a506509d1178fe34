import {Interaction} from "@web/public/interaction";
import {registry} from "@web/core/registry";
import {rpc} from "@web/core/network/rpc";
import {_t} from "@web/core/l10n/translation";
import * as passkeys from "@auth_passkey/../lib/simplewebauthn";

/** Makes a passkey on the page of the second factor and hands it in with the password. */
export class PasskeySetup extends Interaction {
    static selector = ".o_lottery_duty_passkey";
    dynamicContent = {
        _root: {
            "t-att-class": () => ({"d-none": !passkeys.browserSupportsWebAuthn()}),
        },
        button: {"t-on-click": this.setUp},
        ".o_lottery_duty_error": {
            "t-att-class": () => ({"d-none": !this.fault}),
            "t-out": () => this.fault,
        },
    };

    setup() {
        this.fault = "";
    }

    async setUp() {
        const form = this.el.closest("form");
        if (!form.elements.password.reportValidity()) {
            return;
        }
        const passkey = await this.waitFor(this.make(form.elements.password.value));
        if (passkey) {
            form.elements.passkey.value = JSON.stringify(passkey);
            form.submit();
        }
    }

    /** Return the browser's answer, nothing where server, user or device say no. */
    async make(password) {
        const {fault, options} = await rpc("/lottery/login/factor/passkey", {password});
        this.fault = fault || "";
        if (fault) {
            return null;
        }
        try {
            return await passkeys.startRegistration(options);
        } catch {
            this.fault = _t("The passkey was not made. Try again, or take the app.");
            return null;
        }
    }
}

registry.category("public.interactions").add("lottery_login.passkey", PasskeySetup);
