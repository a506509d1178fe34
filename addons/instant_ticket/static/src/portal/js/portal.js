/** Starts what the page at hand needs. Reading works without any of it. */

import {startCartPage} from "./cart_page";
import {startCatalogue} from "./catalogue";
import {startOrderPage} from "./order_page";
import {setHidden, text, toast} from "./page";
import {startSteppers} from "./stepper";
import {startSums} from "./sums";

const PAGES = {
    catalogue: startCatalogue,
    cart: startCartPage,
    order: startOrderPage,
};

function startLine() {
    const banner = document.getElementById("lt-offline");
    window.addEventListener("offline", () => setHidden(banner, false));
    window.addEventListener("online", () => {
        setHidden(banner, true);
        toast(text("online"));
    });
    setHidden(banner, navigator.onLine);
    banner
        ?.querySelector("[data-retry]")
        .addEventListener("click", () => location.reload());
}

function startMonth() {
    const month = document.querySelector(".lt-month-form select");
    month?.addEventListener("change", () => month.form.submit());
}

if (document.body?.dataset.page) {
    startSteppers();
    startSums();
    startLine();
    startMonth();
    PAGES[document.body.dataset.page]?.();
}
