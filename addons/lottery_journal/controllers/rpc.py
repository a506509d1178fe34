from odoo.http import route

from odoo.addons.rpc.controllers import RPC

from ..tools.client import remember_client


class LotteryRPC(RPC):
    """Logins over RPC have an address too (PF-AUD-01, PF-SEC-05)."""

    @route()
    def xmlrpc_1(self, service):
        with remember_client():
            return super().xmlrpc_1(service)

    @route()
    def xmlrpc_2(self, service):
        with remember_client():
            return super().xmlrpc_2(service)

    @route()
    def jsonrpc(self, service, method, args):
        with remember_client():
            return super().jsonrpc(service, method, args)
