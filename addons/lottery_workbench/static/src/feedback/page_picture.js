/**
 * A picture of the page, drawn by the browser itself: the page's own elements and
 * style sheets inside an SVG, painted on a canvas. Nothing leaves the browser and no
 * library is needed (docs/decisions/015-workbench.md). What the browser cannot paint
 * (Safari forbids it) makes it fail; the user can paste or choose a picture instead.
 */

const MAX_SIDE = 1920;
const QUALITY = 0.85;
const PATIENCE_MS = 6_000;
const MASKED = "input[type=password], .lt-no-picture";

function asDataUrl(blob) {
    return new Promise((resolve, reject) => {
        const reader = new FileReader();
        reader.onload = () => resolve(reader.result);
        reader.onerror = reject;
        reader.readAsDataURL(blob);
    });
}

const fetched = new Map();

function fetchDataUrl(url) {
    if (!fetched.has(url)) {
        const fetching = fetch(url)
            .then((response) => (response.ok ? response.blob() : null))
            .then((blob) => (blob ? asDataUrl(blob) : ""))
            .catch(() => "");
        fetched.set(url, fetching);
    }
    return fetched.get(url);
}

/** All rules of the page's own style sheets, as text; icon fonts carried inside. */
async function collectStyles() {
    const texts = [];
    for (const sheet of document.styleSheets) {
        let rules = [];
        try {
            rules = [...sheet.cssRules];
        } catch {
            continue; // of another site: not ours to read
        }
        for (const rule of rules) {
            if (rule instanceof CSSFontFaceRule) {
                texts.push(await inlineFont(rule, sheet.href || document.baseURI));
            } else {
                texts.push(rule.cssText);
            }
        }
    }
    return texts.join("\n");
}

/** Fonts of icons only: those of text are on the machine or fall back. */
async function inlineFont(rule, base) {
    const family = rule.style.getPropertyValue("font-family");
    const source = rule.style.getPropertyValue("src");
    const url = source.match(/url\("?([^")]+\.woff2[^")]*)"?\)/)?.[1];
    if (!url || !/awesome|odoo_ui_icons/i.test(family)) {
        return "";
    }
    const data = await fetchDataUrl(new URL(url, base).href);
    return `@font-face{font-family:${family};src:url("${data}") format("woff2")}`;
}

/** What lives in the elements and not in their markup: values, drawings, scrolling. */
async function copyState(original, copy) {
    const waiting = [];
    const originals = [...original.querySelectorAll("*")];
    const copies = [...copy.querySelectorAll("*")];
    originals.forEach((element, index) => {
        const twin = copies[index];
        if (element.matches(MASKED)) {
            twin.setAttribute("style", "background:#999;color:#999");
            twin.setAttribute("value", "");
        } else if (element instanceof HTMLInputElement) {
            twin.setAttribute("value", element.value);
            twin.toggleAttribute("checked", element.checked);
        } else if (element instanceof HTMLTextAreaElement) {
            twin.textContent = element.value;
        } else if (element instanceof HTMLSelectElement) {
            [...twin.options].forEach((option, position) =>
                option.toggleAttribute("selected", position === element.selectedIndex),
            );
        } else if (element instanceof HTMLCanvasElement) {
            const image = document.createElement("img");
            image.src = element.toDataURL();
            image.className = twin.className;
            image.style.cssText = `${element.style.cssText};width:${element.clientWidth}px;height:${element.clientHeight}px`;
            twin.replaceWith(image);
        } else if (element instanceof HTMLImageElement) {
            waiting.push(
                fetchDataUrl(element.currentSrc || element.src).then((data) => {
                    twin.setAttribute("src", data);
                    twin.removeAttribute("srcset");
                    twin.removeAttribute("loading");
                }),
            );
        }
        if (element.scrollTop || element.scrollLeft) {
            for (const child of twin.children) {
                child.style.translate = `${-element.scrollLeft}px ${-element.scrollTop}px`;
            }
        }
    });
    await Promise.all(waiting);
    copy.querySelectorAll("script, iframe, noscript, link, style").forEach((element) =>
        element.remove(),
    );
}

async function serialize(width, height) {
    const body = document.body.cloneNode(true);
    await copyState(document.body, body);
    body.setAttribute("style", `width:${width}px;height:${height}px;margin:0`);
    const root = getComputedStyle(document.documentElement);
    const html = document.createElement("html");
    html.className = document.documentElement.className;
    html.append(document.createElement("head"), body);
    const style = document.createElement("style");
    style.textContent = await collectStyles();
    html.querySelector("head").append(style);
    const page = new XMLSerializer().serializeToString(html);
    return (
        `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
        `style="font-size:${root.fontSize}">` +
        `<foreignObject width="100%" height="100%">${page}</foreignObject></svg>`
    );
}

function load(source) {
    return new Promise((resolve, reject) => {
        const image = new Image();
        image.onload = () => resolve(image);
        image.onerror = () => reject(new Error("The page cannot be drawn."));
        image.src = source;
    });
}

function draw(image, width, height) {
    const scale = Math.min(1, MAX_SIDE / Math.max(width, height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    const context = canvas.getContext("2d");
    context.fillStyle = "#ffffff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/jpeg", QUALITY);
}

async function takePicture() {
    const {innerWidth: width, innerHeight: height} = window;
    const svg = await serialize(width, height);
    const image = await load(
        `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`,
    );
    return draw(image, width, height);
}

/** A JPEG of what the user sees, as a data URL; rejects where that cannot be done. */
export function takePagePicture() {
    const tooLong = new Promise((_resolve, reject) =>
        setTimeout(reject, PATIENCE_MS, new Error("The page takes too long to draw.")),
    );
    return Promise.race([takePicture(), tooLong]);
}

/** A pasted or chosen picture file as a JPEG data URL of bearable size. */
export async function pictureOfFile(file) {
    const image = await load(await asDataUrl(file));
    return draw(image, image.naturalWidth, image.naturalHeight);
}
