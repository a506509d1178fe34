import {browser} from "@web/core/browser/browser";

// frequency in Hz, seconds; heard apart without looking
const TUNES = {
    ok: [[1040, 0.09]],
    undone: [
        [660, 0.08],
        [440, 0.12],
    ],
    refused: [
        [190, 0.22],
        [0, 0.06],
        [190, 0.3],
    ],
    done: [
        [660, 0.1],
        [880, 0.1],
        [1320, 0.22],
    ],
};

/** Plays the station's signals; silent where the browser has no sound. */
export class ScanSound {
    play(name) {
        if (name === "refused") {
            browser.navigator.vibrate?.([180, 80, 180]);
        }
        const AudioContext = window.AudioContext || window.webkitAudioContext;
        if (!AudioContext) {
            return;
        }
        this.context ||= new AudioContext();
        // a browser mutes a page until its user has touched it
        this.context.resume?.().catch(() => {});
        let at = this.context.currentTime;
        for (const [frequency, seconds] of TUNES[name]) {
            if (frequency) {
                this.tone(
                    frequency,
                    at,
                    seconds,
                    name === "refused" ? "square" : "sine",
                );
            }
            at += seconds;
        }
    }

    tone(frequency, at, seconds, type) {
        const oscillator = this.context.createOscillator();
        const gain = this.context.createGain();
        oscillator.type = type;
        oscillator.frequency.value = frequency;
        gain.gain.setValueAtTime(0.25, at);
        gain.gain.exponentialRampToValueAtTime(0.001, at + seconds);
        oscillator.connect(gain).connect(this.context.destination);
        oscillator.start(at);
        oscillator.stop(at + seconds);
    }

    close() {
        this.context?.close();
    }
}
