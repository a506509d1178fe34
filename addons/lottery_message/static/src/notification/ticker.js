import {Component, useEffect, useExternalListener, useRef, useState} from "@odoo/owl";
import {WebClient} from "@web/webclient/webclient";
import {useService} from "@web/core/utils/hooks";

const SPEED = 60; // pixels a second

/**
 * Urgent notifications across the top of the web client until they are read. The text
 * moves only where it does not fit and the user does not ask for less motion; it stops
 * under the pointer, with the focus inside, and by its button.
 */
export class NotificationTicker extends Component {
    static template = "lottery_message.NotificationTicker";
    static props = {};

    setup() {
        this.centre = useService("lottery_notification");
        this.state = useState(this.centre.state);
        this.local = useState({paused: false, index: 0, seconds: 0, start: 0});
        this.window = useRef("window");
        this.text = useRef("text");
        useEffect(
            () => this.measure(),
            () => [this.alert?.id, this.alert?.subject],
        );
        useExternalListener(window, "resize", () => this.measure());
    }

    get alert() {
        const {alerts} = this.state;
        return alerts[Math.min(this.local.index, alerts.length - 1)];
    }

    get number() {
        return Math.min(this.local.index, this.state.alerts.length - 1) + 1;
    }

    get isMoving() {
        return this.local.seconds > 0;
    }

    /** Move only what does not fit. */
    measure() {
        const [frame, text] = [this.window.el, this.text.el];
        if (!text) {
            return;
        }
        const [room, width] = [frame.clientWidth, text.offsetWidth];
        this.local.start = room;
        this.local.seconds = width > room ? Math.round((width + room) / SPEED) : 0;
    }

    get style() {
        const {seconds, start} = this.local;
        return this.isMoving
            ? `--lottery-ticker-time: ${seconds}s; --lottery-ticker-start: ${start}px`
            : "";
    }

    next() {
        this.local.index = this.number % this.state.alerts.length;
    }

    togglePause() {
        this.local.paused = !this.local.paused;
    }

    dismiss() {
        return this.centre.read([this.alert.id]);
    }

    open() {
        return this.centre.open(this.alert);
    }
}

WebClient.components = {...WebClient.components, NotificationTicker};
