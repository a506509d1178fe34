import {TierReviewMenu} from "@base_tier_validation/components/tier_review_menu/tier_review_menu.esm";
import {patch} from "@web/core/utils/patch";

/** The badge opens the inbox of approvals, not a list without its actions. */
patch(TierReviewMenu.prototype, {
    openReviewGroup(group) {
        if (group.model !== "lottery.approval") {
            return super.openReviewGroup(group);
        }
        this.dropdown.close();
        return this.action.doAction("lottery_approval.lottery_approval_action_todo", {
            clearBreadcrumbs: true,
        });
    },
});
