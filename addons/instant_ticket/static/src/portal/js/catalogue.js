/** Filter, order and search without a round trip; the campaign, once. */

import {games, text} from "./page";
import {read, write} from "./store";

const SORTS = {
    face: (a, b) => a.face - b.face,
    face_down: (a, b) => b.face - a.face,
    price: (a, b) => a.price - b.price,
    price_down: (a, b) => b.price - a.price,
    stock: (a, b) => b.left - a.left,
};

export function startCatalogue() {
    const list = document.getElementById("lt-games-list");
    if (list && list.children.length === games.size) {
        startFilters(list); // else the server filtered: a full load brings the rest
    }
    showCampaign();
}

function startFilters(list) {
    const form = document.querySelector(".lt-finder");
    const search = form.elements.q;
    const sort = form.elements.sort;
    const chips = [...document.querySelectorAll(".lt-chip[data-face]")];
    const cards = [...list.children];
    let face = "";

    function apply() {
        const needle = search.value.trim().toLowerCase();
        let found = 0;
        for (const card of cards) {
            const fits =
                (!face || card.dataset.face === face) &&
                card.dataset.text.toLowerCase().includes(needle);
            card.hidden = !fits;
            found += fits ? 1 : 0;
        }
        document.getElementById("lt-none").hidden = found > 0;
        document.getElementById("lt-found").textContent = text("found", {games: found});
    }

    function order() {
        const compare = SORTS[sort.value];
        const game = (card) => games.get(Number(card.dataset.game));
        list.append(
            ...(compare ? [...cards].sort((a, b) => compare(game(a), game(b))) : cards),
        );
    }

    function choose(chip) {
        face = chip.dataset.face;
        chips.forEach((other) => other.classList.toggle("is-on", other === chip));
        apply();
    }

    search.addEventListener("input", apply);
    sort.addEventListener("change", () => {
        if (sort.value in SORTS || sort.value === "best") {
            order();
        } else {
            form.requestSubmit(); // by date: the server knows
        }
    });
    form.addEventListener("submit", (event) => {
        if (sort.value in SORTS || sort.value === "best") {
            event.preventDefault();
            search.blur();
        }
    });
    for (const chip of chips) {
        chip.addEventListener("click", (event) => {
            event.preventDefault();
            choose(chip);
        });
    }
    document.querySelector("[data-clear]")?.addEventListener("click", (event) => {
        event.preventDefault();
        search.value = "";
        choose(chips[0]);
    });
    if (search.value) {
        apply();
    }
}

/** One campaign a visit, each only once on this phone. */
function showCampaign() {
    const seen = read("campaigns", []);
    const dialogs = [...document.querySelectorAll(".lt-campaign")];
    const dialog = dialogs.find((candidate) => !seen.includes(candidate.dataset.mark));
    if (!dialog?.showModal) {
        return;
    }
    write("campaigns", [...seen, dialog.dataset.mark].slice(-50));
    dialog
        .querySelector("[data-close]")
        .addEventListener("click", () => dialog.close());
    dialog.showModal();
}
