import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {redirect} from "@web/core/utils/urls";

/** Tells the user when a file that was made in the background is ready. */
export const exportService = {
    dependencies: ["bus_service", "notification"],
    start(_env, {bus_service: bus, notification}) {
        bus.subscribe("lottery_export", ({name, state, error, url}) => {
            if (state !== "done") {
                notification.add(error || _t("The file could not be made."), {
                    title: name,
                    type: "danger",
                    sticky: true,
                });
                return;
            }
            const close = notification.add(_t("The file is ready."), {
                title: name,
                type: "success",
                sticky: true,
                buttons: [
                    {
                        name: _t("Download"),
                        primary: true,
                        onClick: () => {
                            redirect(url);
                            close();
                        },
                    },
                ],
            });
        });
    },
};

registry.category("services").add("lottery_export", exportService);
