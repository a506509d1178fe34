/** Reads a bar code with the phone's camera, where the browser can. */

import {make} from "./page";

export function canScan() {
    return "BarcodeDetector" in window && Boolean(navigator.mediaDevices?.getUserMedia);
}

/** @returns {Promise<string|null>} what the label says, null when closed */
export async function scan() {
    const stream = await navigator.mediaDevices.getUserMedia({
        video: {facingMode: "environment"},
    });
    const video = make("video", {playsinline: true, class: "lt-scan-video"});
    const close = make(
        "button",
        {type: "button", class: "lt-button lt-scan-close"},
        "×",
    );
    const dialog = make("dialog", {class: "lt-dialog lt-scan"}, video, close);
    document.body.append(dialog);
    video.srcObject = stream;
    dialog.showModal();
    await video.play();
    try {
        return await detect(video, dialog, close);
    } finally {
        stream.getTracks().forEach((track) => track.stop());
        dialog.remove();
    }
}

function detect(video, dialog, close) {
    const detector = new window.BarcodeDetector();
    return new Promise((resolve) => {
        let open = true;
        const finish = (value) => {
            open = false;
            resolve(value);
        };
        close.addEventListener("click", () => finish(null));
        dialog.addEventListener("close", () => finish(null));
        (async function look() {
            while (open) {
                const found = await detector.detect(video).catch(() => []);
                if (found.length) {
                    finish(found[0].rawValue);
                }
                await new Promise((next) => setTimeout(next, 150));
            }
        })();
    });
}
