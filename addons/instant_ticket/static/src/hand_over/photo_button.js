import {Component, useRef, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {getDataURLFromFile} from "@web/core/utils/urls";

const MAX_SIDE = 1600;
const QUALITY = 0.82;

/** Draw a photo smaller before it travels over a slow line; the server draws it anew. */
async function shrink(file) {
    let bitmap = null;
    try {
        bitmap = await createImageBitmap(file, {imageOrientation: "from-image"});
    } catch {
        return getDataURLFromFile(file); // the server says what it thinks of it
    }
    const scale = Math.min(1, MAX_SIDE / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    return canvas.toDataURL("image/jpeg", QUALITY);
}

/** Takes one photo with the phone's camera, or any picture file. */
export class PhotoButton extends Component {
    static template = "instant_ticket.PhotoButton";
    static props = {photo: String, onPhoto: Function};

    setup() {
        this.input = useRef("input");
        this.state = useState({busy: false});
    }

    get label() {
        return this.props.photo ? _t("Another Photo") : _t("Photo");
    }

    choose() {
        this.input.el.click();
    }

    async onChange() {
        const [file] = this.input.el.files;
        if (!file) {
            return;
        }
        this.state.busy = true;
        try {
            this.props.onPhoto(await shrink(file));
        } finally {
            this.state.busy = false;
            this.input.el.value = "";
        }
    }
}
