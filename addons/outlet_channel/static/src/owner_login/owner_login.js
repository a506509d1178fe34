import {callJson, ProofKeeper} from "@lottery_message/proof/proof";

const PHONE = /^1[3-9]\d{9}$/;
const CODE = /^\d{6}$/;

/** Digits as a person may type or paste them: full width, spaces, dashes, +86. */
export function readDigits(text) {
    return text.normalize("NFKC").replace(/\D/g, "");
}

export function readPhone(text) {
    const digits = readDigits(text);
    return digits.length > 11 ? digits.replace(/^(00)?86/, "") : digits;
}

/** "15400001234" as people read it: "154 0000 1234". */
export function groupPhone(text) {
    const digits = readPhone(text);
    const groups = [digits.slice(0, 3), digits.slice(3, 7), digits.slice(7)];
    return groups.filter(Boolean).join(" ");
}

/** The two steps of the owner's login; the texts are in the page, in its language. */
export class OwnerLogin {
    constructor(root) {
        this.root = root;
        this.proofs = new ProofKeeper();
        this.phone = "";
        this.challenge = null;
        this.busy = false;
        this.timer = null;
        this.el(".js_phone_form").addEventListener("submit", (ev) => this.onPhone(ev));
        this.el(".js_code_form").addEventListener("submit", (ev) => this.onCode(ev));
        this.el(".js_code").addEventListener("input", () => this.onCodeInput());
        this.el(".js_phone").addEventListener("input", () => this.onPhoneInput());
        this.el(".js_resend").addEventListener("click", () => this.resend());
        this.el(".js_change").addEventListener("click", () => this.showStep("phone"));
        window.addEventListener("online", () => this.showNetwork());
        window.addEventListener("offline", () => this.showNetwork());
        this.showNetwork();
        this.proofs.prepare();
    }

    el(selector) {
        return this.root.querySelector(selector);
    }

    text(name) {
        return this.el(`.js_text_${name}`).textContent;
    }

    showNetwork() {
        this.el(".js_offline").hidden = navigator.onLine;
    }

    showStep(step) {
        this.el(".js_phone_form").hidden = step !== "phone";
        this.el(".js_code_form").hidden = step !== "code";
        this.setError("code", "");
        const field = this.el(`.js_${step}`);
        if (step === "code") {
            field.value = "";
        }
        field.focus();
    }

    setError(step, message) {
        this.el(`.js_${step}_error`).textContent = message;
        this.el(`.js_${step}`).setAttribute("aria-invalid", message ? "true" : "false");
    }

    /** Run one call at a time, with its button showing that it runs. */
    async run(button, step, call) {
        if (this.busy) {
            return;
        }
        this.busy = true;
        button.setAttribute("aria-busy", "true");
        this.setError(step, "");
        try {
            await call();
        } catch {
            this.setError(step, this.text("network"));
        } finally {
            this.busy = false;
            button.removeAttribute("aria-busy");
        }
    }

    /** Group the digits 3-4-4 while they are typed at the end of the field. */
    onPhoneInput() {
        this.setError("phone", "");
        const field = this.el(".js_phone");
        if (field.selectionEnd === field.value.length) {
            field.value = groupPhone(field.value);
        }
    }

    onPhone(ev) {
        ev.preventDefault();
        this.phone = readPhone(this.el(".js_phone").value);
        if (!PHONE.test(this.phone)) {
            this.setError("phone", this.text("phone"));
            this.el(".js_phone").focus();
            return;
        }
        this.run(this.el(".js_send"), "phone", () => this.send("phone"));
    }

    resend() {
        return this.run(this.el(".js_resend"), "code", async () => {
            if (await this.send("code")) {
                this.setError("code", this.text("resent"));
            }
        });
    }

    async send(step) {
        let answer = await this.ask();
        if (["bad_proof", "replayed_proof"].includes(answer.code)) {
            // The page was left open or restored by the browser: one fresh try.
            answer = await this.ask();
        }
        this.proofs.prepare();
        if (!answer.ok) {
            this.setError(step, answer.message);
            if (answer.code === "phone" && answer.wait <= 60 && this.challenge) {
                this.countDown(answer.wait);
            }
            return false;
        }
        this.challenge = answer.challenge;
        this.el(".js_hint").textContent = answer.hint;
        this.showStep("code");
        this.countDown(answer.wait);
        return true;
    }

    async ask() {
        const proof = await this.proofs.take();
        return callJson("/owner/login/code", {phone: this.phone, proof});
    }

    countDown(seconds) {
        const end = Date.now() + seconds * 1000;
        clearInterval(this.timer);
        const tick = () => {
            const left = Math.ceil((end - Date.now()) / 1000);
            this.el(".js_resend").disabled = left > 0;
            this.el(".js_resend_later").hidden = left <= 0;
            this.el(".js_resend_now").hidden = left > 0;
            this.el(".js_seconds").textContent = left;
            if (left <= 0) {
                clearInterval(this.timer);
            }
        };
        tick();
        this.timer = setInterval(tick, 1000);
    }

    onCodeInput() {
        this.setError("code", "");
        if (CODE.test(readDigits(this.el(".js_code").value))) {
            this.enter();
        }
    }

    onCode(ev) {
        ev.preventDefault();
        this.enter();
    }

    enter() {
        const code = readDigits(this.el(".js_code").value);
        if (!CODE.test(code)) {
            this.setError("code", this.text("code"));
            this.el(".js_code").focus();
            return;
        }
        this.run(this.el(".js_enter"), "code", async () => {
            const answer = await callJson("/owner/login/verify", {
                phone: this.phone,
                challenge: this.challenge,
                code,
                redirect: this.root.dataset.redirect,
            });
            if (answer.ok) {
                window.location.assign(answer.redirect);
                return;
            }
            this.setError("code", answer.message);
            this.el(".js_code").select();
        });
    }
}

function start() {
    const root = document.querySelector(".js_owner_login");
    if (root) {
        new OwnerLogin(root);
    }
}

if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", start);
} else {
    start();
}
