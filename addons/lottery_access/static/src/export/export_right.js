import {registry} from "@web/core/registry";
import {session} from "@web/session";
import {patch} from "@web/core/utils/patch";
import {ListController} from "@web/views/list/list_controller";
import {KanbanController} from "@web/views/kanban/kanban_controller";

/** Where the roles say otherwise than the group for exports: `{model: allowed}`. */
const exceptions = session.lottery_export || {};

/** Offer the export where the roles allow it; the server asks again. */
function offerExport(items, model) {
    if (items.export && model in exceptions) {
        items.export = {...items.export, isAvailable: () => exceptions[model]};
    }
    return items;
}

for (const Controller of [ListController, KanbanController]) {
    patch(Controller.prototype, {
        getStaticActionMenuItems() {
            return offerExport(super.getStaticActionMenuItems(), this.props.resModel);
        },
    });
}

const exportAll = registry.category("cogMenu").get("export-all-menu");
patch(exportAll, {
    async isDisplayed(env) {
        if (exceptions[env.searchModel?.resModel] === false) {
            return false;
        }
        return super.isDisplayed(env);
    },
});
