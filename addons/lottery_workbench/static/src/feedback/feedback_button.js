import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {FeedbackDialog} from "./feedback_dialog";
import {takePagePicture} from "./page_picture";

/** Button at the top bar of every page: take a picture, then ask for words. */
export class FeedbackButton extends Component {
    static template = "lottery_workbench.FeedbackButton";
    static props = {};

    setup() {
        this.dialog = useService("dialog");
        this.action = useService("action");
        this.menu = useService("menu");
    }

    open() {
        // begun before the dialog covers the page
        const picture = takePagePicture();
        picture.catch(() => {}); // the dialog says so
        this.dialog.add(FeedbackDialog, {
            picture,
            url: location.pathname + location.search,
            menuName: this.getMenuName(),
        });
    }

    /** "App / Action", as the user sees it. */
    getMenuName() {
        const app = this.menu.getCurrentApp()?.name;
        const title = this.action.currentController?.displayName;
        return [app, title].filter(Boolean).join(" / ");
    }
}

registry
    .category("systray")
    .add("lottery_workbench.feedback", {Component: FeedbackButton}, {sequence: 90});
