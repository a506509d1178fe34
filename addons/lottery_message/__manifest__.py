{
    "name": "Lottery Messages",
    "summary": "Notifications, short messages, their providers, one-time codes",
    "version": "19.0.1.0.0",
    "category": "Lottery",
    "author": "Lottery Suite contributors",
    "license": "AGPL-3",
    "depends": ["lottery_base", "lottery_journal", "lottery_outbox"],
    "external_dependencies": {
        "python": [
            "alibabacloud_dysmsapi20170525",
            "altcha",
            "cryptography",
            "requests",
            "tencentcloud-sdk-python-sms",
        ]
    },
    "data": [
        "security/ir.model.access.csv",
        "security/lottery_sms_message_security.xml",
        "security/lottery_notification_security.xml",
        "data/lottery_sms_provider_data.xml",
        "data/lottery_otp_policy_data.xml",
        "data/lottery_notification_template_data.xml",
        "data/ir_cron_data.xml",
        "views/lottery_sms_message_views.xml",
        "views/lottery_sms_provider_views.xml",
        "views/lottery_otp_views.xml",
        "views/lottery_otp_policy_views.xml",
        "views/lottery_notification_views.xml",
        "views/lottery_notification_delivery_views.xml",
        "views/lottery_notification_template_views.xml",
        "views/lottery_wechat_account_views.xml",
        "views/res_users_views.xml",
        "views/lottery_message_menus.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "lottery_message/static/src/local_outbox/*",
            "lottery_message/static/src/notification/*",
            "lottery_message/static/src/preferences/*",
        ],
    },
}
